import { isIP, type Socket } from 'node:net'
import { getCACertificates } from 'node:tls'
import { buildConnector, Pool } from 'undici'
import type { ApiserverProxy } from '../credentials/proxy.ts'

const VERSION = 5
const NO_AUTHENTICATION = 0
const PASSWORD = 2
const CONNECT = 1
/** The bytes of an address by its type, IPv4 and IPv6; a domain name begins with its length. */
const ADDRESS_BYTES = new Map([
  [1, 4],
  [4, 16],
])
const DOMAIN = 3

const REPLIES = new Map([
  [1, 'general failure'],
  [2, 'not allowed by its rules'],
  [3, 'network unreachable'],
  [4, 'host unreachable'],
  [5, 'connection refused'],
  [6, 'time to live expired'],
  [7, 'command not supported'],
  [8, 'address type not supported'],
])

interface Socks5Target {
  /** A name or an address; names are looked up by the proxy, as Go has it. */
  readonly host: string
  readonly port: number
  readonly credentials: { readonly name: string; readonly password: string } | undefined
}

/** Far more than the three answers of a proxy have. */
const MAX_HELD_BYTES = 1024

/** Reads a socket by numbers of bytes. */
function createReader(socket: Socket) {
  let held = Buffer.alloc(0)
  let ended = false
  let wake = (): void => {}
  const onData = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    if (held.length > MAX_HELD_BYTES) socket.destroy()
    wake()
  }
  const onEnd = () => {
    ended = true
    wake()
  }
  socket.on('data', onData).on('end', onEnd).on('close', onEnd)
  return {
    async read(bytes: number): Promise<Buffer> {
      while (held.length < bytes) {
        if (ended) throw new Error('the SOCKS5 proxy ended the connection')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const read = held.subarray(0, bytes)
      held = held.subarray(bytes)
      return read
    },
    /** Hands the socket on. */
    release() {
      socket.pause().off('data', onData).off('end', onEnd).off('close', onEnd)
      if (held.length > 0) throw new Error('the SOCKS5 proxy sent more than it was asked for')
    },
  }
}

type Reader = ReturnType<typeof createReader>

/** 1 to 255 bytes, preceded by their number. */
function counted(text: string, what: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length === 0 || bytes.length > 255) throw new Error(`SOCKS5 takes 1 to 255 bytes of ${what}`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

async function authenticate(socket: Socket, reader: Reader, credentials: Socks5Target['credentials']): Promise<void> {
  const methods = credentials === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, PASSWORD]
  socket.write(Buffer.of(VERSION, methods.length, ...methods))
  const [version, method] = await reader.read(2)
  if (version !== VERSION) throw new Error('the proxy does not speak SOCKS5')
  if (method === NO_AUTHENTICATION) return
  if (method !== PASSWORD || credentials === undefined) throw new Error('the SOCKS5 proxy asks for other credentials')
  const { name, password } = credentials
  socket.write(Buffer.concat([Buffer.of(1), counted(name, 'a name'), counted(password, 'a password')]))
  const [, status] = await reader.read(2)
  if (status !== 0) throw new Error('the SOCKS5 proxy refused the credentials')
}

/** The 16 bytes of an IPv6 address. */
function ipv6Bytes(address: string): number[] {
  // The URL parser writes the IPv4 at the end of an address, if any, in hexadecimal.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string) =>
    text
      .split(':')
      .filter((group) => group !== '')
      .map((group) => Number.parseInt(group, 16))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
  return all.flatMap((group) => [group >> 8, group & 0xff])
}

function addressOf(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.of(1, ...host.split('.').map(Number))
  if (isIP(host) === 6) return Buffer.of(4, ...ipv6Bytes(host))
  return Buffer.concat([Buffer.of(DOMAIN), counted(host, 'a host name')])
}

/**
 * Makes a connection to a SOCKS5 proxy one to the target behind it (RFC 1928, RFC 1929). undici's agent
 * for it is experimental, and does not connect to servers that are named by an address.
 * @throws Error that says what the proxy refused; the caller destroys the socket.
 */
export async function connectSocks5(socket: Socket, { host, port, credentials }: Socks5Target): Promise<void> {
  const reader = createReader(socket)
  await authenticate(socket, reader, credentials)
  const to = Buffer.alloc(2)
  to.writeUInt16BE(port)
  socket.write(Buffer.concat([Buffer.of(VERSION, CONNECT, 0), addressOf(host), to]))
  const [version, reply, , type = 0] = await reader.read(4)
  if (version !== VERSION) throw new Error('the proxy does not speak SOCKS5')
  if (reply !== 0) throw new Error(`the SOCKS5 proxy did not connect: ${REPLIES.get(reply ?? 0) ?? `reply ${reply}`}`)
  const bytes = type === DOMAIN ? (await reader.read(1))[0] : ADDRESS_BYTES.get(type)
  if (bytes === undefined) throw new Error('the SOCKS5 proxy answered with an address of an unknown type')
  await reader.read(bytes + 2)
  reader.release()
}

/** Opens TCP connections through a proxy. */
interface Tunnels {
  /** @param host a name or an address, in brackets when it is IPv6. */
  open(host: string, port: number): Promise<Socket>
  close(): Promise<void>
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`
}

/** Tunnels through a proxy of any supported scheme; each is open, or has failed, within `timeoutMs` for each step. */
export function createTunnels(proxy: ApiserverProxy, ca: string | undefined, timeoutMs: number): Tunnels {
  return proxy.url.protocol.startsWith('socks5') ? socks5Tunnels(proxy, timeoutMs) : httpTunnels(proxy, ca, timeoutMs)
}

function socks5Tunnels({ url }: ApiserverProxy, timeoutMs: number): Tunnels {
  const connect = buildConnector({ timeout: timeoutMs })
  const { username, password } = url
  const credentials = username === '' ? undefined : { name: decoded(username), password: decoded(password) }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const connected = (): Promise<Socket> =>
    new Promise((resolve, reject) =>
      connect({ hostname, protocol: 'http:', port: url.port || '1080' }, (error, socket) =>
        error === null ? resolve(socket) : reject(error),
      ),
    )
  return {
    async open(host, port) {
      const socket = await connected()
      const silent = setTimeout(() => socket.destroy(), timeoutMs)
      const ignore = () => {}
      // Errors of the socket show in what is read from it.
      socket.on('error', ignore)
      try {
        await connectSocks5(socket, { host: host.replace(/^\[(.*)\]$/, '$1'), port, credentials })
        return socket
      } catch (error) {
        socket.destroy()
        throw error
      } finally {
        clearTimeout(silent)
      }
    },
    close: () => Promise.resolve(),
  }
}

/**
 * Tunnels through an http or https proxy, by CONNECT. An https proxy is verified against the system's authorities and
 * the cluster's (client-go asks the cluster's alone), and never shown the client certificate.
 */
function httpTunnels({ url }: ApiserverProxy, ca: string | undefined, timeoutMs: number): Tunnels {
  const authorization = proxyAuthorization(url)
  const trusted = url.protocol === 'https:' && {
    ca: [...getCACertificates('default'), ...(ca === undefined ? [] : [ca])],
  }
  const pool = new Pool(url.origin, {
    connect: buildConnector({ ...trusted, timeout: timeoutMs, allowH2: false }),
    allowH2: false,
    headersTimeout: timeoutMs,
  })
  return {
    async open(host, port) {
      const authority = `${host}:${port}`
      const headers = { host: authority, ...(authorization !== undefined && { 'proxy-authorization': authorization }) }
      const { statusCode, socket } = await pool.connect({ path: authority, headers })
      if (statusCode >= 200 && statusCode < 300) return socket as Socket
      socket.on('error', () => {}).destroy()
      throw new Error(`the proxy answered ${statusCode} to CONNECT`)
    },
    close: () => pool.destroy(),
  }
}
