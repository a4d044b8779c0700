import { expect, it } from 'vitest'
import { createStatus } from '../../src/server/status.ts'
import type { NodeReport } from '../../src/scrape/node-loop.ts'
import { createManualClock } from '../support/manual-clock.ts'

const NOTHING = { last: undefined, source: undefined, failures: 0, failure: undefined }
const reports: NodeReport[] = [
  { ...NOTHING, name: 'new' },
  { ...NOTHING, name: 'well', last: { endedAtMs: 9000, tookMs: 12 }, source: 'summary' },
  {
    name: 'ill',
    last: { endedAtMs: 9500, tookMs: 2000 },
    source: 'resource',
    failures: 3,
    failure: { sinceMs: 4000, cause: 'timeout', message: 'node ill: no answer' },
  },
]
const held = new Map([['well', { timestampMs: 5, pods: { reported: 2, served: 1 } }]])

it('what the scraper and the store know of each node is put together, in times from now', () => {
  const status = createStatus({
    pipeline: { scraper: { reports: () => reports }, store: { nodeStatus: (name) => held.get(name) } },
    coverage: () => ({ nodes: { known: 3, served: 1 }, pods: { known: 2, served: 1 } }),
    flags: () => [],
    clock: createManualClock({ monotonicMs: 10_000 }),
  })
  const none = {
    scrapedAgoMs: undefined,
    tookMs: undefined,
    source: undefined,
    sampledAtMs: undefined,
    failure: undefined,
  }
  const noPods = { pods: { reported: 0, served: 0 } }
  expect(status.nodes()).toEqual([
    { ...none, ...noPods, name: 'new' },
    {
      ...none,
      name: 'well',
      scrapedAgoMs: 1000,
      tookMs: 12,
      source: 'summary',
      sampledAtMs: 5,
      pods: { reported: 2, served: 1 },
    },
    {
      ...none,
      ...noPods,
      name: 'ill',
      scrapedAgoMs: 500,
      tookMs: 2000,
      source: 'resource',
      failure: { cause: 'timeout', message: 'node ill: no answer', forMs: 6000, times: 3 },
    },
  ])
})
