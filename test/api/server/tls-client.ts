import net from 'node:net'
import tls from 'node:tls'
import { parentPort, workerData } from 'node:worker_threads'

/** What a client in a thread of its own is to do, so that its own signing is not measured. */
export interface ClientTask {
  readonly port: number
  readonly certPem: string
  readonly keyPem: string
  readonly times: number
  /** So many bytes at the end of its certificates' flight are kept back, and the connection left open. */
  readonly keepBack?: number
  /** The connection is then broken off. */
  readonly breakOff?: boolean
}

/** How each connection ended: with an answer, without one, or left open. */
export type ClientOutcome = 'answered' | 'ended' | 'left open'

const ANSWER_MS = 10_000
/** OpenSSL writes its flight at once; what comes within this belongs to it. */
const FLIGHT_MS = 50

/** A TCP proxy that lets the first flight pass and the second one but for its end; gives the port. */
function holdingBack(port: number, bytes: number, held: (socket: net.Socket) => void): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = net.createServer((client) => {
    const upstream = net.connect({ port, host: '127.0.0.1' })
    const flight: Buffer[] = []
    client.once('data', (hello: Buffer) => {
      upstream.write(hello)
      client.on('data', (chunk: Buffer) => {
        if (flight.push(chunk) > 1) return
        setTimeout(() => {
          upstream.write(Buffer.concat(flight).subarray(0, -bytes), () => held(upstream))
        }, FLIGHT_MS)
      })
    })
    upstream.on('data', (chunk) => void client.write(chunk))
    for (const socket of [client, upstream]) socket.on('error', () => {})
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port))
  return promise
}

async function once({ port, certPem, keyPem, keepBack, breakOff }: ClientTask): Promise<ClientOutcome> {
  const { promise, resolve } = Promise.withResolvers<ClientOutcome>()
  const held = (socket: net.Socket) => {
    if (breakOff) socket.resetAndDestroy()
    resolve('left open')
  }
  const target = keepBack === undefined ? port : await holdingBack(port, keepBack, held)
  const options = { port: target, host: '127.0.0.1', cert: certPem, key: keyPem, rejectUnauthorized: false }
  const socket = tls.connect(options, () => socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'))
  socket.setTimeout(ANSWER_MS, () => socket.destroy())
  socket.once('data', () => resolve('answered'))
  socket.on('error', () => {}).once('close', () => resolve('ended'))
  return promise
}

if (parentPort !== null) {
  const task = workerData as ClientTask
  const outcomes: ClientOutcome[] = []
  for (let i = 0; i < task.times; i++) outcomes.push(await once(task))
  parentPort.postMessage(outcomes)
}
