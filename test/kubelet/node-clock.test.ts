import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { answerAsKubelet, clientFor, LOOPBACK, startKubelet } from './fake-kubelet.ts'

describe('the clock of a node', () => {
  it.each([
    ['is read off its answer', 'Sun, 22 Nov 2026 02:11:07 GMT', Date.UTC(2026, 10, 22, 2, 11, 7)],
    ['is not known from a Date that is none', 'yesterday', undefined],
  ])('%s', async (_, date, expected) => {
    const ca = await createAuthority('cluster-ca')
    const kubelet = await startKubelet(await ca.issue({ commonName: 'node-1', dns: ['node-1'], usage: 'server' }))
    const client = clientFor(kubelet, ca)
    kubelet.answer = (request, response) => {
      response.setHeader('Date', date)
      answerAsKubelet(request, response)
    }
    expect((await client.scrape(LOOPBACK)).nodeTimeMs).toBe(expected)
    await client.close()
    await kubelet.close()
  })
})
