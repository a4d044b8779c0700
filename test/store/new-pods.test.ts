import { describe, expect, it } from 'vitest'
import { pod } from '../support/samples.ts'
import { cut, useStore } from './store-fixture.ts'

const at = useStore()
const RESOLUTION = 15_000

/** A container that has burned `cores` since it started. */
const since = (startMs: number, cores: number, source: 'summary' | 'resource', cpuNanocores?: number) =>
  at.burning('app', 0, {
    timeMs: source === 'summary' ? cut(at.clock.wallMs()) : at.clock.wallMs(),
    startTimeMs: source === 'summary' ? cut(startMs) : startMs,
    cpuNanoseconds: Math.round((at.clock.wallMs() - startMs) * cores * 1e6),
    cpuNanocores,
  })
const old = () => pod('old', [at.burning('app', 0.5)], 'u')
const put = (pods: ReturnType<typeof pod>[], source: 'summary' | 'resource' = 'summary', isExtra = false) =>
  at.store.put('node-1', at.scrapeOf({ source, pods, nodeTimeMs: cut(at.clock.wallMs()) }), { isExtra })

describe('a scrape for the sake of a new pod', () => {
  it('leaves the rates of its neighbours as they are, and the next ordinary one is over the whole resolution', async () => {
    put([old()])
    await at.clock.advance(RESOLUTION)
    put([old()])
    const before = at.served('old')
    for (const waitMs of [2000, 9000]) {
      await at.clock.advance(waitMs)
      put([old(), pod('new', [since(at.clock.wallMs() - 3000, 0.2, 'summary')], 'n')], 'summary', true)
      expect(at.served('old')).toEqual(before)
    }
    await at.clock.advance(RESOLUTION - 11_000)
    put([old()])
    expect(at.served('old')).toMatchObject({ windowMs: RESOLUTION, timestampMs: at.clock.wallMs() })
  })

  it('is due when its youngest container can be served, for each new pod', async () => {
    put([old()])
    await at.clock.advance(RESOLUTION)
    const startMs = at.clock.wallMs() - 4000
    const first = () => since(startMs, 0.2, 'summary')
    const { anotherMs = 0 } = put([old(), pod('new', [first()], 'n')])
    expect(anotherMs).toBeGreaterThanOrEqual(7000)
    expect(anotherMs).toBeLessThanOrEqual(8200)
    await at.clock.advance(3000)
    const again = put([
      old(),
      pod('new', [first()], 'n'),
      pod('newer', [since(at.clock.wallMs() - 1000, 0.2, 'summary')], 'm'),
    ])
    expect(again.anotherMs).toBeGreaterThan(3900)
    expect(again.anotherMs).toBeLessThanOrEqual(anotherMs - 3000 + 200)
  })

  it('is not asked for by what never becomes whole, nor by what has a rate', async () => {
    const mute = () => pod('mute', [at.burning('app', 0.1, { workingSetBytes: undefined })], 'm')
    put([old(), mute()])
    for (let i = 0; i < 4; i++) {
      await at.clock.advance(RESOLUTION)
      expect(put([old(), mute()]).anotherMs).toBeUndefined()
    }
  })
})

describe.each(['summary', 'resource'] as const)('a new pod of the %s', (source) => {
  const starts = [100, 900, 1700, 4000, 7300, 11_000, 14_600]

  it.each(
    starts,
  )('that starts %d ms after a scrape has no CPU under 10 s of age, and then what is true of its window', async (afterMs) => {
    put([], source)
    const startMs = at.clock.wallMs() + afterMs
    let scrapedMs = 0
    let firstAgeMs: number | undefined
    for (let i = 0; i < 300; i++) {
      await at.clock.advance(250)
      const now = at.clock.wallMs()
      if (now <= startMs) continue
      // In turn, and for its sake when that is due.
      const isTurn = (i + 1) % 60 === 0
      if (isTurn || now >= scrapedMs) {
        const { anotherMs } = put([pod('web', [since(startMs, 0.2, source)], 'u')], source, !isTurn)
        scrapedMs = anotherMs === undefined ? Number.POSITIVE_INFINITY : now + anotherMs
      }
      const usage = at.served()
      if (usage === undefined) continue
      const sampleAgeMs = usage.timestampMs - startMs
      firstAgeMs ??= sampleAgeMs
      expect(sampleAgeMs).toBeGreaterThanOrEqual(9850)
      const usedMs = Math.min(usage.windowMs, sampleAgeMs) * 200
      expect(((usage.containers[0]?.usage.cpuNanocores ?? 0) * usage.windowMs) / 1e6).toBeCloseTo(usedMs, -3)
      // Over the life: HPA compares whole seconds, and must find a beginning before the pod was ready.
      if (usage.windowMs < 0.9 * RESOLUTION || usage.windowMs > 1.5 * RESOLUTION) {
        const beginS = Math.floor(usage.timestampMs / 1000) - usage.windowMs / 1000
        expect(beginS).toBeLessThanOrEqual(source === 'summary' ? Math.floor(startMs / 1000) : startMs / 1000)
      }
    }
    expect(firstAgeMs).toBeLessThanOrEqual(20_000)
    expect(at.served()?.windowMs).toBe(RESOLUTION)
  })
})

describe('an old container that is seen for the first time', () => {
  const found = (own: number) => pod('found', [at.burning('app', 0.2, { cpuNanocores: own })], 'u')

  it('is served with the kubelet’s own rate at the first scrape of its node, and after an ordinary scrape', async () => {
    put([found(200e6)])
    expect(at.millicores('found')).toEqual([200])
    at.store.forget('node-1')
    put([])
    await at.clock.advance(RESOLUTION)
    put([found(200e6)])
    expect(at.millicores('found')).toEqual([200])
    expect(at.served('found')?.windowMs).toBe(RESOLUTION)
  })

  it('is not served with a rate over the time since scrapes of its node failed', async () => {
    put([])
    await at.clock.advance(4 * RESOLUTION)
    put([found(50e6)])
    expect(at.served('found')).toBeUndefined()
    await at.clock.advance(RESOLUTION)
    put([found(200e6)])
    expect(at.millicores('found')).toEqual([200])
  })

  it('whose first counter was a glitch has no rate by it, where the kubelet’s own rate is another', async () => {
    const small = () => pod('found', [at.burning('app', 0, { cpuNanoseconds: 2e6 })], 'u')
    const since = (cpuNanoseconds: number) =>
      pod('found', [at.burning('app', 0, { cpuNanoseconds, cpuNanocores: 400e6 })], 'u')
    put([small()])
    await at.clock.advance(RESOLUTION)
    // 20 s of CPU since long ago, 6 of them since the first scrape.
    put([since(20e9)])
    expect(at.served('found')).toBeUndefined()
    await at.clock.advance(RESOLUTION)
    put([since(26e9)])
    expect(at.millicores('found')).toEqual([400])
    expect(at.served('found')?.windowMs).toBe(RESOLUTION)
  })

  it.each([
    ['an ordinary scrape', RESOLUTION],
    ['an extra scrape', 9000],
  ])('and is young has the mean over its life instead, with %s', async (_, waitMs) => {
    put([])
    const startMs = at.clock.wallMs() + 1000
    const found = (cores: number, own?: number) => pod('found', [since(startMs, cores, 'summary', own)], 'u')
    await at.clock.advance(4000)
    put([found(0.0005)])
    await at.clock.advance(waitMs)
    put([found(0.5, 500e6)], 'summary', waitMs < RESOLUTION)
    const [millicores = 0] = at.millicores('found') ?? []
    const { windowMs = 0, timestampMs = 0 } = at.served('found') ?? {}
    expect(timestampMs - windowMs).toBeLessThanOrEqual(startMs)
    expect(millicores * windowMs).toBeCloseTo(500 * (timestampMs - startMs), -2)
    await at.clock.advance(RESOLUTION)
    put([found(0.5, 500e6)])
    expect(at.millicores('found')).toEqual([500])
    expect(at.served('found')?.windowMs).toBe(RESOLUTION)
  })
})

it('the window of a pod reaches back as far as that of any of its containers', async () => {
  const startMs = at.clock.wallMs() + 2000
  const both = () => [at.burning('old', 0.1), { ...since(startMs, 0.2, 'summary'), name: 'sidecar' }]
  put([pod('web', [at.burning('old', 0.1)], 'u')])
  await at.clock.advance(RESOLUTION)
  put([pod('web', both(), 'u')])
  expect(at.served()?.windowMs).toBeGreaterThanOrEqual(RESOLUTION)
})
