import { beforeEach, describe, expect, it } from 'vitest'
import { NO_LABELS } from '../../src/model/labels.ts'
import type { Scrape } from '../../src/model/sample.ts'
import { Scraper } from '../../src/scrape/scraper.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { scrape } from '../support/samples.ts'

const RESOLUTION = 15_000

let clock: ManualClock
let asked: { node: string; atMs: number }[]
let observed: { node: string; failure: string | undefined }[]
let faults: string[]
let forgotten: string[]
let rounds: number[]
let dropped: string[]
/** What the next request to a node comes to; an answer at once when not set. */
let behave: (node: string) => Promise<Scrape>
let stored: { node: boolean; podsWaiting: number }

const answer = () => Promise.resolve(scrape({ wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }, {}))
const node = (name: string, uid = name, address = '10.0.0.1') => ({
  name,
  uid,
  labels: NO_LABELS,
  addresses: [{ type: 'InternalIP', address }],
  kubeletPort: 10250,
  resourceMetricsPath: undefined,
})
const failing = (reason: string) => Object.assign(new Error(`node is bad: ${reason}`), { reason })
const times = (name: string) => asked.filter((a) => a.node === name).map((a) => a.atMs)

function createScraper(concurrency = 100): Scraper {
  return new Scraper({
    clock,
    resolutionMs: RESOLUTION,
    retentionMs: 3 * RESOLUTION,
    concurrency,
    kubelet: {
      scrape(record) {
        asked.push({ node: record.name, atMs: clock.monotonicMs() })
        return behave(record.name)
      },
      forget: (name) => void forgotten.push(`kubelet ${name}`),
    },
    store: {
      put: () => stored,
      forget: (name) => void forgotten.push(`store ${name}`),
      dropExpired: (name) => void dropped.push(name),
    },
    observer: {
      asked: (name, _seconds, failure) => void observed.push({ node: name, failure }),
      forget: (name) => void forgotten.push(`observer ${name}`),
      round: (seconds) => void rounds.push(seconds),
    },
    faults: {
      report: (key, message) => void faults.push(`${key}: ${message}`),
      resolve: (key) => void faults.push(`${key}: resolved`),
      forget: () => {},
    },
  })
}

beforeEach(() => {
  clock = createManualClock({ monotonicMs: 0 })
  asked = []
  observed = []
  faults = []
  forgotten = []
  rounds = []
  dropped = []
  behave = answer
  stored = { node: true, podsWaiting: 0 }
})

describe('the scraper', () => {
  it('asks a new node at once and then once per resolution at its phase', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(5 * RESOLUTION)
    const [first, ...rest] = times('a')
    expect(first).toBe(0)
    expect(rest).toEqual(rest.map((_, i) => (rest[0] ?? 0) + i * RESOLUTION))
    expect(rest[0]).toBeGreaterThanOrEqual(RESOLUTION / 4)
    expect(rest[0]).toBeLessThanOrEqual(1.25 * RESOLUTION)
  })

  it('spreads many nodes evenly over the resolution', async () => {
    const scraper = createScraper()
    for (let i = 0; i < 300; i++) scraper.upsert(node(`n${i}`))
    await clock.advance(2 * RESOLUTION)
    asked = []
    await clock.advance(RESOLUTION)
    const start = clock.monotonicMs() - RESOLUTION
    const perSecond = Array.from(
      { length: 15 },
      (_, s) => asked.filter((a) => Math.floor((a.atMs - start) / 1000) === s).length,
    )
    expect(asked).toHaveLength(300)
    expect(Math.min(...perSecond)).toBeGreaterThanOrEqual(18)
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(22)
  })

  it('asks a node again after two seconds when its first answer could not be served whole', async () => {
    stored = { node: true, podsWaiting: 3 }
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(5000)
    expect(times('a').slice(0, 2)).toEqual([0, 2000])
    await clock.advance(RESOLUTION)
    expect(times('a').length).toBeLessThanOrEqual(4)
  })

  it('lets no node wait for one that hangs', async () => {
    behave = (name) => (name.startsWith('bad') ? new Promise(() => {}) : answer())
    const scraper = createScraper(4)
    for (let i = 0; i < 8; i++) scraper.upsert(node(`bad${i}`))
    scraper.upsert(node('good'))
    await clock.advance(2000)
    expect(times('good')).toHaveLength(1)
  })

  it('begins no more requests at once than it may', async () => {
    behave = () => new Promise(() => {})
    const scraper = createScraper(4)
    for (let i = 0; i < 10; i++) scraper.upsert(node(`n${i}`))
    await clock.advance(999)
    expect(asked).toHaveLength(4)
  })

  it('never asks a node twice at once', async () => {
    behave = () => new Promise(() => {})
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(10 * RESOLUTION)
    expect(times('a')).toHaveLength(1)
  })

  it('asks a failing node less and less often, but at least once within the retention', async () => {
    behave = () => Promise.reject(failing('timeout'))
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(30 * RESOLUTION)
    const gaps = times('a')
      .map((t, i, all) => t - (all[i - 1] ?? t))
      .slice(2)
    expect(gaps[0]).toBe(2 * RESOLUTION)
    expect(Math.max(...gaps)).toBe(3 * RESOLUTION)
    expect(observed.every((o) => o.failure === 'timeout')).toBe(true)
    expect(dropped).toContain('a')
    expect(faults[0]).toBe('node/a: Failed to scrape node: node is bad: timeout')
  })

  it('returns to its pace when the node answers again', async () => {
    let fails = 4
    behave = () => (fails-- > 0 ? Promise.reject(failing('connection')) : answer())
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(20 * RESOLUTION)
    expect(faults.at(-1)).toBe('node/a: resolved')
    const all = times('a')
    expect((all.at(-1) ?? 0) - (all.at(-2) ?? 0)).toBe(RESOLUTION)
    expect(scraper.state()).toEqual({ nodes: 1, asked: 1, failing: 0 })
  })

  it('asks a failing node at once when the cluster says where else it is to be reached', async () => {
    behave = () => Promise.reject(failing('connection'))
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(10)
    scraper.upsert(node('a', 'a', '10.0.0.2'))
    await clock.advance(1)
    expect(times('a')).toHaveLength(2)
    scraper.upsert(node('a', 'a', '10.0.0.2'))
    await clock.advance(1)
    expect(times('a')).toHaveLength(2)
  })

  it('forgets a removed node everywhere, also while it is being asked', async () => {
    const request = Promise.withResolvers<Scrape>()
    behave = () => request.promise
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(1)
    scraper.remove('a')
    request.resolve(await answer())
    await clock.advance(5 * RESOLUTION)
    expect(forgotten.sort()).toEqual(['kubelet a', 'observer a', 'store a'])
    expect(observed).toEqual([])
    expect(times('a')).toHaveLength(1)
  })

  it('takes a node recreated under its name as another node', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a', 'uid-1'))
    await clock.advance(10)
    scraper.upsert(node('a', 'uid-2'))
    await clock.advance(10)
    expect(forgotten).toContain('store a')
    expect(times('a')).toEqual([0, 10])
  })

  it('reports the slowest request of each resolution', async () => {
    behave = async () => {
      await new Promise<void>((resolve) => void clock.after(700, resolve))
      return answer()
    }
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(RESOLUTION)
    expect(rounds).toEqual([0.7])
  })

  it('is timely while its timers run, also when no node answers', async () => {
    behave = () => new Promise(() => {})
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(10 * RESOLUTION)
    expect(scraper.timely()).toBe(true)
    scraper.stop()
    await clock.advance(2 * RESOLUTION + 1)
    expect(scraper.timely()).toBe(false)
  })

  it('asks nobody after it was stopped', async () => {
    const scraper = createScraper()
    scraper.upsert(node('a'))
    await clock.advance(1)
    scraper.stop()
    scraper.upsert(node('b'))
    await clock.advance(5 * RESOLUTION)
    expect(asked).toHaveLength(1)
  })
})
