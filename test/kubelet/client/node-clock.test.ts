import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../certs/authority.ts'
import { createSystemClock } from '../../../src/model/clock.ts'
import { answerAsKubelet, clientFor, LOOPBACK, startKubelet } from './fake-kubelet.ts'

describe('the clock of a node', () => {
  it.each([
    ['is read off its answer', 'Sun, 22 Nov 2026 02:11:07 GMT', 0, Date.UTC(2026, 10, 22, 2, 11, 7)],
    [
      'is that of the middle of a slow request',
      'Sun, 22 Nov 2026 02:11:07 GMT',
      400,
      Date.UTC(2026, 10, 22, 2, 11, 7) - 200,
    ],
    ['is not known from a Date that is none', 'yesterday', 0, undefined],
  ])('%s', async (_, date, takesMs, expected) => {
    const ca = await createAuthority('cluster-ca')
    const kubelet = await startKubelet(await ca.issue({ commonName: 'node-1', dns: ['node-1'], usage: 'server' }))
    const client = clientFor(kubelet, ca, { clock: createSystemClock() })
    kubelet.answer = (request, response) => {
      response.setHeader('Date', date)
      setTimeout(() => answerAsKubelet(request, response), takesMs)
    }
    const { nodeTimeMs } = await client.scrape(LOOPBACK)
    if (expected === undefined) expect(nodeTimeMs).toBeUndefined()
    else expect(Math.abs((nodeTimeMs ?? 0) - expected)).toBeLessThan(100)
    await client.close()
    await kubelet.close()
  })
})
