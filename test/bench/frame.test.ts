import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseWish } from '../../bench/arguments.ts'
import type { Benchmark } from '../../bench/benchmark.ts'
import { measure, median, type Stopwatch } from '../../bench/measure.ts'
import { loadRecording, type Result, recordingOf, saveRecording } from '../../bench/record.ts'
import { chosen, runAll } from '../../bench/run.ts'
import { changeText, tableOf, timeText } from '../../bench/table.ts'

const directory = mkdtempSync(join(tmpdir(), 'bench-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A stopwatch that only the work moves, and work that takes so long each time. */
function scene(costs: readonly { wallUs: number; cpuUs: number }[]) {
  let wall = 0
  let cpu = 0
  let runs = 0
  const watch: Stopwatch = { wallUs: () => wall, cpuUs: () => cpu }
  const run = () => {
    const cost = costs[Math.min(runs++, costs.length - 1)] ?? { wallUs: 0, cpuUs: 0 }
    wall += cost.wallUs
    cpu += cost.cpuUs
    return runs
  }
  return { watch, run, runs: () => runs }
}

const effort = { warmUpMs: 1, sampleMs: 1, samples: 3 }
const result = (name: string, cpuUs: number, spread = 0): Result => ({
  name,
  size: '1 pod',
  wallUs: cpuUs,
  cpuUs,
  cpuMinUs: cpuUs - spread,
  cpuMaxUs: cpuUs + spread,
  runs: 1,
})

describe('a measurement', () => {
  it('says what one run costs, whatever was run to warm up', async () => {
    const { watch, run, runs } = scene([
      { wallUs: 900, cpuUs: 800 },
      { wallUs: 100, cpuUs: 50 },
    ])
    const measured = await measure({ run, size: '' }, effort, watch)
    expect(measured).toMatchObject({ wallUs: 100, cpuUs: 50, cpuMinUs: 50, cpuMaxUs: 50 })
    expect(runs()).toBeGreaterThan(measured.runs)
  })

  it('makes a sample of as many runs as fill it', async () => {
    const { watch, run } = scene([{ wallUs: 10, cpuUs: 10 }])
    expect((await measure({ run, size: '' }, effort, watch)).runs).toBe(3 * 100)
  })

  it('takes one run for a sample that is longer than asked', async () => {
    const { watch, run } = scene([{ wallUs: 5000, cpuUs: 5000 }])
    expect((await measure({ run, size: '' }, effort, watch)).runs).toBe(3)
  })

  it.each([
    ['a promise', (run: () => number) => Promise.resolve().then(run)],
    // biome-ignore lint/suspicious/noThenProperty: what light-my-request gives begins only when it is waited for.
    ['a thenable', (run: () => number) => ({ then: (done: (value: number) => void) => done(run()) })],
  ])('waits for %s', async (_, later) => {
    const { watch, run } = scene([{ wallUs: 400, cpuUs: 400 }])
    expect((await measure({ run: () => later(run), size: '' }, effort, watch)).wallUs).toBe(400)
  })

  it.each([
    [[3, 1, 2], 2],
    [[1], 1],
    [[10, 1, 2, 9], 9],
  ])('takes the middle of %j', (values, middle) => {
    expect(median(values)).toBe(middle)
  })

  it('has no middle of nothing', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('a run of benchmarks', () => {
  const benchmark = (name: string, log: string[], run = () => {}): Benchmark => ({
    name,
    prepare: () => ({ size: '', run, close: () => void log.push(`close ${name}`) }),
  })
  const { watch, run } = scene([{ wallUs: 400, cpuUs: 400 }])

  it('closes each before the next, in order', async () => {
    const log: string[] = []
    const both = [benchmark('a', log, run), benchmark('b', log, run)]
    await runAll(both, effort, watch, ({ name }) => log.push(name))
    expect(log).toEqual(['a', 'close a', 'b', 'close b'])
  })

  it('closes one that fails, and says why', async () => {
    const log: string[] = []
    const failing = benchmark('a', log, () => {
      throw new Error('no such pod')
    })
    await expect(runAll([failing], effort, watch)).rejects.toThrow('no such pod')
    expect(log).toEqual(['close a'])
  })

  it.each([
    [[], ['decode a', 'decode b', 'store']],
    [['decode'], ['decode a', 'decode b']],
    [
      ['b', 'store'],
      ['decode b', 'store'],
    ],
    [['nothing'], []],
  ])('by the words %j runs %j', (words, names) => {
    const all = ['decode a', 'decode b', 'store'].map((name) => benchmark(name, []))
    expect(chosen(all, words).map(({ name }) => name)).toEqual(names)
  })
})

describe('the table', () => {
  it.each([
    [0.0123, '12.3 ns'],
    [1, '1.00 µs'],
    [12.345, '12.3 µs'],
    [456.7, '457 µs'],
    [4560, '4.56 ms'],
    [2_500_000, '2.50 s'],
  ])('writes %d µs as %s', (us, text) => {
    expect(timeText(us)).toBe(text)
  })

  it.each([
    ['faster', result('a', 100), result('a', 80), '−20 %'],
    ['slower', result('a', 100), result('a', 150), '+50 %'],
    ['not told from noise', result('a', 100, 15), result('a', 90, 5), 'same'],
    ['not there before', undefined, result('a', 90), 'new'],
  ])('says when a benchmark is %s', (_, before, after, text) => {
    expect(changeText(before, after)).toBe(text)
  })

  it('stands in columns', () => {
    const against = recordingOf([result('decode', 10)])
    expect(tableOf([result('decode', 5), result('put', 1500)], against).split('\n')).toEqual([
      'benchmark  of        wall      CPU  CPU min  CPU max  change',
      'decode     1 pod  5.00 µs  5.00 µs  5.00 µs  5.00 µs   −50 %',
      'put        1 pod  1.50 ms  1.50 ms  1.50 ms  1.50 ms     new',
    ])
  })
})

describe('a recording', () => {
  it('comes back as it was saved', () => {
    const path = join(directory, 'saved.json')
    const recording = recordingOf([result('a', 1.5)])
    saveRecording(path, recording)
    expect(loadRecording(path)).toEqual(recording)
  })

  it.each([
    ['is not there', undefined],
    ['is no JSON', 'x'],
    ['is something else', '{"a":1}'],
    ['is null', 'null'],
  ])('that %s is refused by name', (_, text) => {
    const path = join(directory, 'wrong.json')
    if (text !== undefined) writeFileSync(path, text)
    expect(() => loadRecording(path)).toThrow(`${path} is no recording`)
  })
})

describe('the command line', () => {
  it('asks for names and files', () => {
    const wish = parseWish(['decode', '--save', 'a.json', '--against=b.json', '--quick', 'store'])
    expect(wish).toEqual({ save: 'a.json', against: 'b.json', quick: true, names: ['decode', 'store'] })
    expect(parseWish([])).toEqual({ save: undefined, against: undefined, quick: false, names: [] })
  })

  it('does not take an option that there is not', () => {
    expect(() => parseWish(['--sav', 'x'])).toThrow(TypeError)
  })
})
