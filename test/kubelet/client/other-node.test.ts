import { describe, expect, it } from 'vitest'
import { answerAs, answerStatus, LOOPBACK, RESOURCE_BODY, summaryOf, TOKEN } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const at = useKubelet()

describe('a kubelet that says it is another node’s', () => {
  it('is not believed: which node answered, where, and why that may be', async () => {
    at.kubelet.answer = answerAs('worker-2')
    const error = await at.client.failure()
    expect(error).toMatchObject({ reason: 'other-node', remedy: expect.stringMatching(/NAT.*InternalIP/) })
    expect(error.message).toMatch(
      new RegExp(
        `^node node-1 at 127.0.0.1:${at.kubelet.port}: the kubelet of node worker-2 answered, not this node's`,
      ),
    )
  })

  it('does not make the server ask /metrics/resource, which names no node', async () => {
    at.kubelet.answer = answerAs('worker-2')
    for (let i = 0; i < 3; i++) await at.client.failure()
    expect(at.kubelet.asked).not.toContain('/metrics/resource')
  })

  it('is one fault, whoever answers behind a load balancer, until the node itself does', async () => {
    const messages = new Set<string>()
    for (const name of ['worker-2', 'worker-3', 'worker-4']) {
      at.kubelet.answer = answerAs(name)
      messages.add((await at.client.failure()).message)
    }
    expect(messages.size).toBe(1)
    at.kubelet.answer = answerAs('node-1')
    await at.client.scrape(LOOPBACK)
    at.kubelet.answer = answerAs('worker-3')
    expect((await at.client.failure()).message).toContain('node worker-3')
  })

  it('is scraped again over another connection', async () => {
    at.kubelet.answer = answerAs('worker-2')
    await at.client.failure()
    at.kubelet.answer = answerAs('node-1')
    await at.client.scrape(LOOPBACK)
    expect(at.kubelet.connections()).toBe(2)
  })

  it.each(['node-1', 'NODE-1', ' Node-1 ', ''])('by the name %j it is this one’s, or nobody’s', async (name) => {
    at.kubelet.answer = answerAs(name)
    await at.client.scrape(LOOPBACK)
  })

  it('by no name at all, or one that is no text, too', async () => {
    for (const named of ['null', '7', '{}']) {
      const body = summaryOf('node-1').toString().replace('"nodeName": "node-1"', `"nodeName": ${named}`)
      at.kubelet.answer = (_, response) => void response.end(body)
      await at.client.scrape(LOOPBACK)
    }
    at.kubelet.answer = (request, response) =>
      request.url === '/metrics/resource' ? void response.end(RESOURCE_BODY) : answerStatus(404)(request, response)
    await at.client.scrape(LOOPBACK)
  })

  it.each(['node-1.example.com', 'node', 'node-11'])('by the like name %j it is another’s', async (name) => {
    at.kubelet.answer = answerAs(name)
    expect((await at.client.failure()).reason).toBe('other-node')
  })

  it('cannot bring our token, or another line, into the message', async () => {
    at.kubelet.answer = answerAs(`x${TOKEN.slice(7)}`)
    expect((await at.client.failure()).message).toContain("another node's kubelet answered")
    at.client.forget('node-1')
    at.kubelet.answer = answerAs('evil\\nI0101 Failed to scrape node-3')
    expect((await at.client.failure()).message).toMatch(/^[^\n]*the kubelet of node evil i0101 failed[^\n]*$/)
  })
})
