import { once } from 'node:events'
import type { World } from '../../contract/support/world.ts'
import { rawClient } from './raw-client.ts'

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
export const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY] = [0, 1, 3, 4, 6, 7]
const [WINDOW_UPDATE, CONTINUATION] = [8, 9]
export const END_STREAM = 1
const [ACK, END_HEADERS] = [1, 4]

/** A frame of HTTP/2 (RFC 9113, 4.1). */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9)
  header.writeUIntBE(payload.length, 0, 3)
  header.writeUInt8(type, 3)
  header.writeUInt8(flags, 4)
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

/** The whole frames in what was heard. */
function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3)
    if (end > bytes.length) break
    const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5)
    frames.push({ type, flags, stream: bytes.readUInt32BE(at + 5), payload: bytes.subarray(at + 9, end) })
    at = end
  }
  return frames
}

function length(bytes: number): Buffer {
  if (bytes < 127) return Buffer.from([bytes])
  const more = [127]
  let rest = bytes - 127
  for (; rest >= 128; rest >>= 7) more.push((rest & 127) | 128)
  return Buffer.from([...more, rest])
}

/** Headers as a block in the plainest form that HPACK has: nothing is indexed, nothing compressed. */
const headerBlock = (headers: readonly (readonly [name: string, value: string])[]): Buffer =>
  Buffer.concat(
    headers.flatMap(([name, value]) => [
      Buffer.from([0]),
      ...[length(Buffer.byteLength(name)), Buffer.from(name), length(Buffer.byteLength(value)), Buffer.from(value)],
    ]),
  )

export const get = (path: string, more: readonly (readonly [string, string])[] = []): Buffer =>
  headerBlock([[':method', 'GET'], [':scheme', 'https'], [':path', path], [':authority', 'x'], ...more])

/** A block as HEADERS and CONTINUATION frames, of a request without a body. */
export function headFrames(stream: number, block: Buffer, frameBytes = 16_384): Buffer {
  const frames: Buffer[] = []
  for (let at = 0; at < block.length; at += frameBytes) {
    const type = at === 0 ? HEADERS : CONTINUATION
    const flags = (at === 0 ? END_STREAM : 0) | (at + frameBytes >= block.length ? END_HEADERS : 0)
    frames.push(frame(type, flags, stream, block.subarray(at, at + frameBytes)))
  }
  return Buffer.concat(frames)
}

/** A client that sends frames of its own making, and has a window of 1 GiB. */
export async function frameClient(world: World, port: number, options = {}) {
  const client = await rawClient(world, port, { ALPNProtocols: ['h2'], ...options })
  const window = Buffer.from([0x40, 0, 0, 0])
  const settings = Buffer.concat([Buffer.from([0, 4]), window])
  client.socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0, settings), frame(WINDOW_UPDATE, 0, 0, window)]))
  const frames = () => framesIn(Buffer.from(client.heard(), 'latin1'))
  return {
    ...client,
    frames,
    /** Acknowledges the settings that have come and come yet, as a proper client does. */
    acknowledge(count: number) {
      for (let i = 0; i < count; i++) client.socket.write(frame(SETTINGS, ACK, 0))
    },
    /** Gives all frames once there is one like that, or the connection has ended. */
    async untilFrame(holds: (one: Frame) => boolean): Promise<Frame[]> {
      while (!frames().some(holds) && !client.socket.destroyed) {
        await Promise.race([once(client.socket, 'data'), client.closed()])
      }
      return frames()
    },
  }
}
