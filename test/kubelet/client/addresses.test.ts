import { describe, expect, it } from 'vitest'
import { addressesOf, hostPort, type IpFamily, portOf } from '../../../src/kubelet/client/addresses.ts'
import type { AddressType } from '../../../src/model/cluster-objects.ts'
import { nodeAt } from './fake-kubelet.ts'

const ALL: AddressType[] = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP']
const V4: IpFamily[] = [4]
const V6: IpFamily[] = [6]

const order = (listed: [type: string, address: string][], preferred = ALL, own: IpFamily[] = V4) =>
  addressesOf(nodeAt(listed.map(([type, address]) => ({ type, address }))), preferred, new Set(own)).map(
    ({ address }) => address,
  )

describe('the addresses of a node', () => {
  it('come by preferred type, then as the node lists them', () => {
    const listed: [string, string][] = [
      ['ExternalIP', '4.4.4.4'],
      ['InternalIP', '10.0.0.1'],
      ['InternalIP', '10.0.0.2'],
      ['Hostname', 'node-1'],
    ]
    expect(order(listed)).toEqual(['node-1', '10.0.0.1', '10.0.0.2', '4.4.4.4'])
    expect(order(listed, ['ExternalIP', 'InternalIP'])).toEqual(['4.4.4.4', '10.0.0.1', '10.0.0.2'])
  })

  it.each([
    ['IPv4 only', V4, ['10.0.0.1', 'fd00::1']],
    ['IPv6 only', V6, ['fd00::1', '10.0.0.1']],
    ['both', [...V4, ...V6], ['fd00::1', '10.0.0.1']],
  ] as [string, IpFamily[], string[]][])('of a type come with our own family first: %s', (_, own, expected) => {
    expect(
      order(
        [
          ['InternalIP', 'fd00::1'],
          ['InternalIP', '10.0.0.1'],
        ],
        ALL,
        own,
      ),
    ).toEqual(expected)
  })

  it('are each tried once', () => {
    const listed: [string, string][] = [
      ['Hostname', 'node-1'],
      ['InternalDNS', 'node-1'],
    ]
    expect(order(listed)).toEqual(['node-1'])
  })

  it.each([
    '',
    'a b',
    'a/b',
    'a@b',
    'a:80',
    '[::1]',
    'fe80::1%eth0',
    'x\n',
    '-x',
    '256.1.1.1',
    '1.2.3',
    '1'.repeat(300),
  ])('%j is never dialled', (address) => expect(order([['InternalIP', address]])).toEqual([]))

  it.each([
    'node-1',
    'Node_1.example.com',
    'ip-10-0-0-1.ec2.internal',
    'a.b.',
    '10.0.0.1',
    '::1',
  ])('%j can be dialled', (address) => expect(order([['InternalDNS', address]])).toEqual([address]))
})

describe('the port of a node', () => {
  it.each([
    [10255, true, 10255],
    [10255, false, 10250],
    [undefined, true, 10250],
    [0, true, 10250],
    [70_000, true, 10250],
    [1.5, true, 10250],
  ])('in its status %s, wanted %s: %i', (kubeletPort, wanted, port) => {
    expect(portOf(nodeAt([], { kubeletPort }), wanted, 10250)).toBe(port)
  })
})

it.each([
  ['10.0.0.1', '10.0.0.1:1'],
  ['fd00::1', '[fd00::1]:1'],
  ['node', 'node:1'],
])('%s with its port is %s', (host, text) => expect(hostPort(host, 1)).toBe(text))
