import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { PressureResource, PressureSample } from '../../src/model/pressure.ts'
import { Store } from '../../src/store/store.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { scrape } from '../support/samples.ts'

const T = 1_795_314_160_000
const RESOLUTION = 15_000
const RETENTION = 45_000
const WHOLE_RETENTION = 180_000
const NAN = Number.NaN

let clock: ManualClock
let store: Store
const open = (options: { keepsPressure?: boolean; storageRetentionMs?: number } = {}) => {
  store = new Store({ clock, resolutionMs: RESOLUTION, retentionMs: RETENTION, keepsPressure: true, ...options })
}
beforeEach(() => {
  clock = createManualClock({ wallMs: T + 400 })
  open()
})

interface Totals {
  cpu?: readonly [number, number]
  memory?: readonly [number, number]
  io?: readonly [number, number]
}
type Names = Partial<Pick<PressureSample, 'namespace' | 'pod' | 'container' | 'startTimeMs'>>

/** Totals of the container web/app, sampled five seconds ago unless said otherwise. */
function pressure(totals: Totals, names: Names = {}, agoMs = 5000): PressureSample {
  const timeMs = Math.floor((clock.wallMs() - agoMs) / 1000) * 1000
  const of = (total: readonly [number, number] | undefined) => (total ? [timeMs, ...total] : [NAN, NAN, NAN])
  const numbers = [...of(totals.cpu), ...of(totals.memory), ...of(totals.io)]
  return { namespace: 'd', pod: 'web', container: 'app', startTimeMs: T - 1e6, ...names, numbers }
}

const scrapeOf = (samples: readonly PressureSample[] | undefined, wholeSummary = false) => {
  const scraped = scrape({ wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }, {})
  return { ...scraped, wholeSummary, sample: { ...scraped.sample, ...(samples && { pressure: samples }) } }
}
const put = (...samples: PressureSample[]) => void store.put('n', scrapeOf(samples))
async function later(...samples: (() => PressureSample)[]): Promise<void> {
  await clock.advance(RESOLUTION)
  put(...samples.map((each) => each()))
}

function reported(resource: PressureResource = 'cpu', kind: 'some' | 'full' = 'some', node = 'n'): string[] {
  const all: string[] = []
  store.forEachPressure(node, resource, kind, (namespace, pod, container, value) =>
    all.push(`${namespace}/${pod}/${container} ${value}`),
  )
  return all
}

describe('pressure', () => {
  it('is that of each cgroup as it was reported last, by resource and total', async () => {
    const node = { namespace: '', pod: '', container: '' }
    put(pressure({ cpu: [111, NAN], memory: [0, 0] }, node), pressure({ cpu: [5, 4], memory: [33, 0] }))
    expect(reported()).toEqual(['// 111', 'd/web/app 5'])
    expect(reported('cpu', 'full')).toEqual(['d/web/app 4'])
    expect(reported('memory')).toEqual(['// 0', 'd/web/app 33'])
    expect(reported('memory', 'full')).toEqual(['// 0', 'd/web/app 0'])
    expect(reported('io')).toEqual([])
    await later(() => pressure({ cpu: [7, 4] }))
    expect(reported()).toEqual(['d/web/app 7'])
  })

  it('has the time of its sample by the clock of this server', () => {
    const at = (names: Names, agoMs: number) => {
      put(pressure({ cpu: [5, 4] }, names, agoMs))
      const times: number[] = []
      store.forEachPressure('n', 'cpu', 'some', (...each) => times.push(each[4]))
      return times
    }
    expect(at({ container: '' }, 5000)).toEqual([T - 5000])
    expect(at({}, 0)).toEqual([T + 400])
    expect(at({}, 12_000)).toEqual([T - 12_000])
  })

  it('is not kept where nobody asks for it', () => {
    open({ keepsPressure: false })
    put(pressure({ cpu: [5, 4] }))
    expect(reported()).toEqual([])
  })

  it('goes with its container, with its node, and with what confirms it', async () => {
    put(pressure({ cpu: [5, 4] }))
    await later(() => pressure({ cpu: [3, 1] }, { container: 'other' }))
    expect(reported()).toEqual(['d/web/other 3'])
    await clock.advance(RETENTION + 1)
    expect(reported()).toEqual([])
    put(pressure({ cpu: [5, 4] }))
    store.forget('n')
    expect(reported()).toEqual([])
    put(pressure({ cpu: [5, 4] }))
    store.put('n', scrapeOf(undefined))
    expect(reported()).toEqual([])
  })

  it('of a name that is listed twice is that of the container that started last, and of two that started at once absent', () => {
    const [old, young] = [{ startTimeMs: T - 2e6 }, { startTimeMs: T - 1e6 }]
    for (const samples of [
      [pressure({ cpu: [9, 1] }, old), pressure({ cpu: [5, 1] }, young)],
      [pressure({ cpu: [5, 1] }, young), pressure({ cpu: [9, 1] }, old)],
    ]) {
      put(...samples)
      expect(reported()).toEqual(['d/web/app 5'])
    }
    put(pressure({ cpu: [9, 1] }), pressure({ cpu: [5, 1] }), pressure({ cpu: [3, 1] }, { container: 'b' }))
    expect(reported()).toEqual(['d/web/b 3'])
  })
})

describe('the pressure of one run of a container', () => {
  it('never falls: what was reported before stays for the retention, with its time', async () => {
    put(pressure({ cpu: [105, 54] }))
    await later(() => pressure({ cpu: [0, 0] }))
    expect(reported()).toEqual(['d/web/app 105'])
    await later(() => pressure({ cpu: [107, 53] }))
    expect(reported()).toEqual(['d/web/app 105'])
    await later(() => pressure({ cpu: [109, 55] }))
    expect(reported()).toEqual(['d/web/app 109'])
    for (let i = 0; i < 4; i++) await later(() => pressure({ cpu: [7, 7] }))
    expect(reported()).toEqual(['d/web/app 7'])
  })

  it('begins anew with another start', async () => {
    put(pressure({ cpu: [105, 54] }))
    await later(() => pressure({ cpu: [3, 1] }, { startTimeMs: T + 9000 }))
    expect(reported()).toEqual(['d/web/app 3'])
  })

  it('of I/O stays between whole Summaries, and no longer than these', async () => {
    open({ storageRetentionMs: WHOLE_RETENTION })
    store.put('n', scrapeOf([pressure({ cpu: [5, 4], io: [9, 8] })], true))
    for (let i = 0; i < 12; i++) await later(() => pressure({ cpu: [5, 4] }))
    expect(reported('io')).toEqual(['d/web/app 9'])
    await later(() => pressure({ cpu: [5, 4] }))
    expect(reported('io')).toEqual([])
    store.putStorage('n', scrapeOf([pressure({ cpu: [6, 4], io: [11, 8] })], true))
    expect([...reported(), ...reported('io')]).toEqual(['d/web/app 6', 'd/web/app 11'])
    store.put('n', scrapeOf([pressure({ cpu: [7, 4] })], true))
    expect(reported('io')).toEqual([])
  })

  it('of I/O is that of the last response where no whole Summaries are asked for', async () => {
    put(pressure({ cpu: [5, 4], io: [9, 8] }))
    await later(() => pressure({ cpu: [5, 4] }))
    expect(reported('io')).toEqual([])
  })

  it('is not known when it is more than a double holds exactly', () => {
    put(pressure({ cpu: [2 ** 53, 3] }))
    expect([...reported(), ...reported('cpu', 'full')]).toEqual(['d/web/app 3'])
  })
})

describe('the unit of pressure', () => {
  it('is the microsecond where a total is no multiple of 1000', () => {
    put(pressure({ cpu: [5001, 4000] }))
    expect([...reported(), ...reported('cpu', 'full')]).toEqual(['d/web/app 5001', 'd/web/app 4000'])
  })

  it('is the nanosecond once three different totals are multiples of 1000, and not known before', async () => {
    put(pressure({ cpu: [5000, 0], memory: [7000, 4000] }))
    expect([...reported(), ...reported('memory')]).toEqual([])
    await later(() => pressure({ cpu: [5000, 0], memory: [8000, 4000] }))
    expect([...reported(), ...reported('memory')]).toEqual(['d/web/app 8'])
    await later(() => pressure({ cpu: [6000, 0], memory: [8000, 4000] }))
    await later(() => pressure({ cpu: [7000, 0], memory: [8000, 4000] }))
    expect([...reported(), ...reported('memory')]).toEqual(['d/web/app 7', 'd/web/app 8'])
  })

  it('is not proven by one total that comes as both, or again and again', async () => {
    for (let i = 0; i < 5; i++) await later(() => pressure({ cpu: [5000, 5000] }))
    expect(reported()).toEqual([])
  })

  it('does not matter for 0', () => {
    put(pressure({ cpu: [0, 0] }))
    expect(reported()).toEqual(['d/web/app 0'])
  })

  it('may change within a run, when cAdvisor learns of a container', async () => {
    for (const total of [91_000, 92_000, 93_000]) await later(() => pressure({ cpu: [total, 0] }))
    expect(reported()).toEqual(['d/web/app 93'])
    await later(() => pressure({ cpu: [99, 0] }))
    expect(reported()).toEqual(['d/web/app 99'])
    await later(() => pressure({ cpu: [101_000, 0] }))
    expect(reported()).toEqual(['d/web/app 99'])
    await later(() => pressure({ cpu: [102_000, 0] }))
    await later(() => pressure({ cpu: [103_000, 0] }))
    expect(reported()).toEqual(['d/web/app 103'])
  })

  it('makes no total wrong: it is the true one of the last report, an earlier one, or absent', async () => {
    const growth = fc.array(fc.record({ some: fc.nat(1500), full: fc.nat(900) }), { minLength: 5, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(growth, fc.constantFrom(1, 1000), async (steps, factor) => {
        store.forget('n')
        let [some, full] = [0, 0]
        const seen = new Set(['d/web/app 0'])
        for (const step of steps) {
          some += step.some
          full += step.full
          seen.add(`d/web/app ${some}`)
          const reportedNow = { cpu: [some * factor, full * factor] } as const
          await later(() => pressure(reportedNow))
          for (const line of reported()) expect(seen).toContain(line)
        }
        const isProven = factor === 1 || new Set(seen).size > 4
        const isMultiple = factor === 1 && some % 1000 === 0 && full % 1000 === 0
        if (isProven && !isMultiple) expect(reported()).toEqual([`d/web/app ${some}`])
      }),
      { numRuns: 200 },
    )
  })
})
