import { isIP, type Socket } from 'node:net'

const VERSION = 5
const NO_AUTHENTICATION = 0
const PASSWORD = 2
const CONNECT = 1
/** IPv4, domain name, IPv6: how many bytes an address of each type has; of a name, the first byte says it. */
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

export interface Socks5Target {
  /** A name or an address; names are looked up by the proxy, as Go has it. */
  readonly host: string
  readonly port: number
  readonly credentials: { readonly name: string; readonly password: string } | undefined
}

/** Far more than the three answers of a proxy, of which it sends each when it is asked. */
const MAX_HELD_BYTES = 1024

/** What comes on a socket, by numbers of bytes. */
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
    /** Leaves the socket to whoever goes on with it. */
    release() {
      socket.pause().off('data', onData).off('end', onEnd).off('close', onEnd)
      if (held.length > 0) throw new Error('the SOCKS5 proxy sent more than it was asked for')
    },
  }
}

type Reader = ReturnType<typeof createReader>

/** At most 255 bytes with their number in front. */
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
