import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { AddressType, NodeAddress, NodeRecord } from '../../model/cluster-objects.ts'
import { oneLine } from '../../model/log.ts'
import type { KubeletFault } from './errors.ts'

export type IpFamily = 4 | 6

/** The IP families by which this machine reaches others, by its network interfaces. */
export function familiesOfMachine(): ReadonlySet<IpFamily> {
  const outward = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid)
  return new Set(outward.map(({ family }) => (family === 'IPv6' ? 6 : 4)))
}

/**
 * The IPv4 address that a text is, or that is mapped into the IPv6 address that it is (RFC 4291 2.5.5.2): "::ffff:10.0.0.1"
 * and "::ffff:a00:1" are 10.0.0.1.
 */
export function ipv4Of(address: string): string | undefined {
  if (isIP(address) === 4) return address
  if (isIP(address) !== 6) return undefined
  // The URL parser writes all forms of one address in the same way.
  const groups = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(URL.parse(`http://[${address}]`)?.hostname ?? '')
  if (groups === null) return undefined
  return groups
    .slice(1)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

const DNS_NAME = /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_.])?$/i

/** Addresses come from the cluster, so only an IP address or a possible DNS name goes into a URL. */
function isUsable(address: string): boolean {
  if (isIP(address) !== 0) return !address.includes('%')
  if (!DNS_NAME.test(address)) return false
  // "1.2.3" and "256.1.1.1" look like names, but the URL parser reads them as an IPv4 address or refuses them.
  return URL.parse(`http://${address}`)?.hostname === address.toLowerCase()
}

/**
 * The addresses to try, in order: by preferred type, then a family that this machine has before one that it has not,
 * then as the node lists them (the Go server takes only the first: pkg/utils/address_resolver.go). A mapped IPv4 address is
 * the IPv4 address, as Go connects to it; none comes twice.
 */
export function addressesOf(
  node: NodeRecord,
  preferred: readonly AddressType[],
  ownFamilies: ReadonlySet<IpFamily>,
): readonly NodeAddress[] {
  const found = new Map<string, NodeAddress>()
  const add = (one: NodeAddress): void => void (found.has(one.address) || found.set(one.address, one))
  for (const type of preferred) {
    const ofType = node.addresses
      .filter((each) => each.type === type && isUsable(each.address))
      .map(({ address }) => ({ type, address: ipv4Of(address) ?? address }))
    const isForeign = ({ address }: NodeAddress): boolean => {
      const family = isIP(address)
      return family !== 0 && !ownFamilies.has(family as IpFamily)
    }
    for (const one of ofType) if (!isForeign(one)) add(one)
    for (const one of ofType) add(one)
  }
  return [...found.values()]
}

/** The port of the kubelet: the one in the node's status when `useNodeStatusPort` and it is a valid port, else the flag's. */
export function portOf(node: NodeRecord, useNodeStatusPort: boolean, flagPort: number): number {
  const named = node.kubeletPort
  const isPossible = named !== undefined && Number.isInteger(named) && named >= 1 && named <= 65_535
  return useNodeStatusPort && isPossible ? named : flagPort
}

/** `host:port`, an IPv6 address in brackets. */
export const hostPort = (host: string, port: number): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`

export function noAddressFault(node: NodeRecord, preferred: readonly AddressType[]): KubeletFault {
  const has = node.addresses.map(({ type, address }) => `${oneLine(type, 30)}=${oneLine(address, 60)}`).slice(0, 10)
  if (has.length === 0) {
    const remedy = 'its kubelet or cloud controller must set status.addresses of the Node'
    return { reason: 'no-address', what: 'the node has reported no address', remedy }
  }
  return {
    reason: 'no-address',
    what: `none of the node's addresses (${has.join(', ')}) is usable and of a preferred type (${preferred.join(', ')})`,
    remedy: 'name one of its types in --kubelet-preferred-address-types',
  }
}
