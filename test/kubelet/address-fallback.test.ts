import { describe, expect, it } from 'vitest'
import { nodeAt, startKubelet } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const at = useKubelet()

describe('addresses', () => {
  const DEAD = '127.0.0.2'
  const addresses = (...all: [type: string, address: string][]) =>
    nodeAt(all.map(([type, address]) => ({ type, address })))

  it('the next is tried when one refuses, and the one that works is kept', async () => {
    const node = addresses(['InternalIP', DEAD], ['ExternalIP', '127.0.0.1'])
    await at.client.scrape(node)
    const other = await startKubelet(at.pair, DEAD, at.kubelet.port)
    await at.client.scrape(node)
    expect(other.asked).toEqual([])
    await at.client.scrape(addresses(['InternalIP', DEAD]))
    expect(other.asked).toHaveLength(1)
    await other.close()
  })

  it('the next is tried when a name does not resolve', async () => {
    await at.client.scrape(addresses(['Hostname', 'no-such-host.invalid'], ['InternalIP', '127.0.0.1']))
    expect(at.kubelet.asked).toHaveLength(1)
  })

  it('an address that fails after it worked gives way to the next', async () => {
    const other = await startKubelet(at.pair, DEAD, at.kubelet.port)
    const node = addresses(['InternalIP', DEAD], ['ExternalIP', '127.0.0.1'])
    await at.client.scrape(node)
    await other.close()
    await at.client.scrape(node)
    expect(at.kubelet.asked).toHaveLength(1)
  })

  it('the last one’s failure is told, with the remedy', async () => {
    const error = await at.client.failure(addresses(['Hostname', 'no-such-host.invalid']))
    expect(error).toMatchObject({ reason: 'connection', address: `no-such-host.invalid:${at.kubelet.port}` })
    expect(error.message).toMatch(/^node node-1 at no-such-host.invalid:\d+: .*(ENOTFOUND|EAI_AGAIN).*InternalIP/)
  })

  it.each([
    ['none', [], 'status.addresses'],
    ['none of a preferred type', [['Pigeon', 'loft 7']], 'Pigeon=loft 7.*--kubelet-preferred-address-types'],
    ['none that can be one', [['InternalIP', 'evil.example/@x\n']], 'InternalIP=evil.example/@x.*preferred'],
  ] as [string, [string, string][], string][])('%s: says what the node has', async (_, all, message) => {
    const error = await at.client.failure(addresses(...all))
    expect(error.reason).toBe('no-address')
    expect(error.message).toMatch(new RegExp(message))
    expect(error.message).not.toMatch(/\n/)
  })
})
