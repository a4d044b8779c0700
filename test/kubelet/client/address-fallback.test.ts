import { describe, expect, it } from 'vitest'
import { nodeAt, startKubelet, startRaw } from './fake-kubelet.ts'
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

  it('each that failed is reported with its own cause, a refused connection before a name that does not resolve', async () => {
    const node = addresses(['Hostname', 'no-such-host.invalid'], ['InternalIP', DEAD], ['ExternalIP', '127.0.0.3'])
    const error = await at.client.failure(node)
    const { port } = at.kubelet
    expect(error).toMatchObject({ reason: 'connection', address: `${DEAD}:${port}` })
    expect(error.message).toMatch(
      new RegExp(
        `^node node-1 at ${DEAD}:${port}: cannot connect \\(ECONNREFUSED\\); also tried ` +
          `127.0.0.3:${port} \\(ExternalIP\\): cannot connect \\(ECONNREFUSED\\), ` +
          `no-such-host.invalid:${port} \\(Hostname\\): cannot be resolved; is the kubelet running`,
      ),
    )
    expect(error.message).not.toContain('name InternalIP')
  })

  it('a node that is gone meanwhile is closed, whatever came of its addresses before', async () => {
    const silent = await startRaw(() => {})
    await at.replaceClient({ useNodeStatusPort: true })
    const node = { ...addresses(['InternalIP', DEAD], ['ExternalIP', '127.0.0.1']), kubeletPort: silent.port }
    const failure = at.client.failure(node)
    await new Promise((resolve) => setTimeout(resolve, 50))
    at.client.forget('node-1')
    expect(await failure).toMatchObject({ reason: 'closed' })
    silent.close()
  })

  it('a failure beyond TCP comes first, whatever failed before it', async () => {
    at.kubelet.answer = (request) => request.socket.destroy()
    const error = await at.client.failure(addresses(['InternalIP', DEAD], ['ExternalIP', '127.0.0.1']))
    expect(error.message).toMatch(
      /^node node-1 at 127.0.0.1:\d+: the connection broke .*; also tried 127.0.0.2:\d+ \(InternalIP\)/,
    )
  })

  it('of very many only some are reported', async () => {
    const many = Array.from({ length: 9 }, (_, i): [string, string] => ['InternalIP', `127.0.0.${i + 2}`])
    const { message } = await at.client.failure(addresses(...many))
    expect(message.match(/ECONNREFUSED/g)).toHaveLength(5)
    expect(message).toContain(' and 4 more; is the kubelet running')
  })

  it('InternalIP is advised only where there is one that the flags leave out', async () => {
    const unresolved: [string, string] = ['Hostname', 'no-such-host.invalid']
    const remedyOf = async (...all: [string, string][]) => (await at.client.failure(addresses(...all))).remedy
    expect(await remedyOf(unresolved)).toMatch(/DNS of this server's pod/)
    await at.replaceClient({ preferredAddressTypes: ['Hostname'] })
    expect(await remedyOf(unresolved, ['InternalIP', DEAD])).toMatch(/name InternalIP in --kubelet-preferred/)
    expect(await remedyOf(unresolved)).toMatch(/DNS of this server's pod/)
  })

  it('a name that does not resolve is reported', async () => {
    const error = await at.client.failure(addresses(['Hostname', 'no-such-host.invalid']))
    expect(error).toMatchObject({ reason: 'connection', address: `no-such-host.invalid:${at.kubelet.port}` })
    expect(error.message).toMatch(/^node node-1 at no-such-host.invalid:\d+: .*(ENOTFOUND|EAI_AGAIN).*does not resolve/)
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
