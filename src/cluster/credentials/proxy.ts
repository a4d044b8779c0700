import { BlockList, isIP } from 'node:net'

/** A proxy on the way to the apiserver. Its URL may hold a name and a password and is never logged. */
export interface ApiserverProxy {
  readonly url: URL
  /** Where it was named, for people: `proxy-url`, `HTTPS_PROXY`. */
  readonly namedBy: string
}

type Env = Readonly<Record<string, string | undefined>>

export const isSameProxy = (a: ApiserverProxy | undefined, b: ApiserverProxy | undefined): boolean =>
  a?.url.href === b?.url.href

/** The proxy for people, without its credentials. */
export const proxyName = ({ url, namedBy }: ApiserverProxy): string => `${url.protocol}//${url.host} (${namedBy})`

/** Those of client-go, and socks5h, which is the same to Go. */
const SCHEMES = ['http:', 'https:', 'socks5:', 'socks5h:']

/** What is wrong with a proxy's URL; the URL is not quoted. */
export function proxyProblem(url: URL | null): string | undefined {
  if (url === null || url.host === '') return 'it is no URL with a scheme and a host'
  if (SCHEMES.includes(url.protocol)) return undefined
  return `proxies of the scheme ${url.protocol.slice(0, -1)} are not supported: it must be http, https or socks5`
}

/**
 * An environment variable, of which the name in capitals goes first when both are set
 * (golang.org/x/net/http/httpproxy).
 */
function variable(env: Env, name: string): { readonly name: string; readonly value: string } | undefined {
  for (const candidate of [name, name.toLowerCase()]) {
    const value = env[candidate]
    if (value !== undefined && value !== '') return { name: candidate, value }
  }
  return undefined
}

/** A value without a scheme is the host of an http proxy. */
function parseProxy(value: string): URL | null {
  return URL.parse(value.includes('://') ? value : `http://${value}`)
}

/** `host:port` or `[host]:port`; without a port that is exactly what it is, IPv6 addresses too. */
function splitHostPort(text: string): { readonly host: string; readonly port: string | undefined } {
  const found = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(text)
  return found === null ? { host: text, port: undefined } : { host: found[1] ?? found[2] ?? '', port: found[3] }
}

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Whether an address is in a subnet or, without a prefix length, is the same. IPv4-mapped addresses are IPv4. */
function isWithin(address: string, network: string, prefix?: number): boolean {
  const list = new BlockList()
  if (prefix === undefined) list.addAddress(network, family(network))
  else list.addSubnet(network, prefix, family(network))
  return list.check(address, family(address))
}

function subnetOf(entry: string): { readonly network: string; readonly prefix: number } | undefined {
  const [, network = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? []
  const bits = isIP(network) === 6 ? 128 : 32
  return isIP(network) !== 0 && Number(length) <= bits ? { network, prefix: Number(length) } : undefined
}

/** Whether an entry of NO_PROXY takes an apiserver in: an address, a subnet, a name with those below it, a port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const subnet = subnetOf(entry)
  if (subnet !== undefined) return isIP(host) !== 0 && isWithin(host, subnet.network, subnet.prefix)
  const named = splitHostPort(entry)
  if (named.host === '' || (named.port !== undefined && named.port !== '' && named.port !== port)) return false
  if (isIP(named.host) !== 0) return isIP(host) !== 0 && isWithin(host, named.host)
  const name = named.host.startsWith('*.') ? named.host.slice(1) : named.host
  // A leading dot means the names below it only.
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}

const isLoopback = (host: string): boolean => isWithin(host, '127.0.0.0', 8) || isWithin(host, '::1')
const IN_CLUSTER_NAME = /^kubernetes\.default(\.svc(\..+)?)?$/

/** A cluster's own address of its apiserver: a proxy outside does not know it, whatever NO_PROXY leaves out. */
const isInCluster = (host: string, env: Env): boolean =>
  host === env.KUBERNETES_SERVICE_HOST?.toLowerCase() || IN_CLUSTER_NAME.test(host)

/**
 * The proxy that the environment names for a server, as Go's http.ProxyFromEnvironment chooses it
 * (golang.org/x/net/http/httpproxy): HTTPS_PROXY for https and HTTP_PROXY for http, unless NO_PROXY has the server;
 * localhost, loopback addresses and the addresses inside the cluster are always reached directly.
 */
export function proxyFromEnvironment(
  server: URL,
  env: Env,
): { readonly url: URL | null; readonly namedBy: string } | undefined {
  const named = variable(env, server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (named === undefined) return undefined
  const host = server.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const port = server.port || (server.protocol === 'https:' ? '443' : '80')
  if (host === 'localhost' || (isIP(host) !== 0 && isLoopback(host)) || isInCluster(host, env)) return undefined
  const excepted = (variable(env, 'NO_PROXY')?.value ?? '').split(',').map((entry) => entry.trim().toLowerCase())
  if (excepted.some((entry) => entry !== '' && matches(entry, host, port))) return undefined
  return { url: parseProxy(named.value), namedBy: named.name }
}
