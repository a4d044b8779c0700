import { describe, expect, it } from 'vitest'
import { answerAsKubelet, LOOPBACK } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const at = useKubelet()

describe('TLS settings that are replaced during a scrape', () => {
  it('do not cut it, and its connection is not used again', async () => {
    const held = Promise.withResolvers<() => void>()
    at.kubelet.answer = (request, response) => held.resolve(() => answerAsKubelet(request, response))
    const scrape = at.client.scrape(LOOPBACK)
    const answer = await held.promise
    at.client.setTls({ insecure: false, ca: at.ca.certPem, cert: undefined, key: undefined })
    answer()
    expect((await scrape).sample.nodeName).not.toBe('')
    at.kubelet.answer = answerAsKubelet
    await at.client.scrape(LOOPBACK)
    expect(at.kubelet.connections()).toBe(2)
  })
})
