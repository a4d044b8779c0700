import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSharedReadBuffer, UnreadBytesError } from '../../../src/kubelet/client/connect.ts'

let server: net.Server
let peers: net.Socket[]

beforeEach(async () => {
  peers = []
  server = net.createServer((peer) => void peers.push(peer.on('error', () => {}))).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  for (const peer of peers) peer.destroy()
  server.close()
})

const reads = createSharedReadBuffer()

async function connected(): Promise<{ socket: net.Socket; peer: net.Socket }> {
  const { port } = server.address() as AddressInfo
  const before = peers.length
  const arrived = once(server, 'connection')
  const socket = reads.open((options) => net.connect({ ...options, host: '127.0.0.1', port }))
  await Promise.all([once(socket, 'connect'), arrived])
  const peer = peers[before]
  if (peer === undefined) throw new Error('nobody connected')
  return { socket, peer }
}

/** Reads as undici's parser does: at once, until there is no more. */
function readAll(socket: net.Socket): Buffer[] {
  const pieces: Buffer[] = []
  socket.on('readable', () => {
    for (let piece = socket.read(); piece !== null; piece = socket.read()) pieces.push(Buffer.from(piece))
  })
  return pieces
}

describe('sockets that read into one buffer', () => {
  it('each give what their own peer sent, whole and in order', async () => {
    const bytes = [1, 2].map((seed) => Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * seed) % 251)))
    const connections = [await connected(), await connected()]
    const received = await Promise.all(
      connections.map(async ({ socket, peer }, i) => {
        const pieces = readAll(socket)
        peer.end(bytes[i] ?? '')
        await once(socket, 'end')
        return Buffer.concat(pieces)
      }),
    )
    expect(received.map((buffer, i) => buffer.equals(bytes[i] ?? Buffer.alloc(0)))).toEqual([true, true])
  })

  it('read them into the same memory', async () => {
    const memory = new Set<ArrayBufferLike>()
    for (let i = 0; i < 2; i++) {
      const { socket, peer } = await connected()
      socket.on('readable', () => {
        const piece: Buffer | null = socket.read()
        if (piece !== null) memory.add(piece.buffer)
      })
      peer.end('x')
      await once(socket, 'end')
    }
    expect(memory.size).toBe(1)
  })

  it('end when bytes come that nobody takes, before others are written over them', async () => {
    const { socket, peer } = await connected()
    socket.on('readable', () => {})
    peer.write('nobody asked')
    const [error] = await once(socket, 'error')
    expect(error).toBeInstanceOf(UnreadBytesError)
  })

  it('end when bytes are put back, which the next piece would write over', async () => {
    const { socket, peer } = await connected()
    socket.on('readable', () => {
      const piece: Buffer | null = socket.read()
      if (piece !== null) socket.unshift(piece)
    })
    peer.write('twice')
    const [error] = await once(socket, 'error')
    expect(error).toBeInstanceOf(UnreadBytesError)
  })
})
