import { describe, expect, it } from 'vitest'
import type { LogFields, Logger } from '../../../src/model/log.ts'
import { createFaultLog } from '../../../src/telemetry/logging/fault-log.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function setUp(maxKeys?: number) {
  const said: [level: string, message: string, fields: LogFields | undefined][] = []
  const say = (level: string) => (message: string, fields?: LogFields) => void said.push([level, message, fields])
  const logger: Logger = { error: say('error'), warn: say('warn'), info: say('info'), verbose: () => {} }
  const clock = createManualClock()
  const faults = createFaultLog({ logger, clock, ...(maxKeys === undefined ? {} : { maxKeys }) })
  return { said, clock, faults }
}

describe('a fault that lasts', () => {
  it('is said at once, then counted, said again after ten minutes, and its end is said', async () => {
    const { said, clock, faults } = setUp()
    faults.report('node/a', 'Cannot ask the kubelet', { node: 'a' })
    for (let minute = 1; minute <= 10; minute++) {
      await clock.advance(60_000)
      faults.report('node/a', 'Cannot ask the kubelet', { node: 'a' })
    }
    await clock.advance(30_000)
    faults.resolve('node/a')
    expect(said).toEqual([
      ['error', 'Cannot ask the kubelet', { fault: 'node/a', node: 'a' }],
      ['error', 'Cannot ask the kubelet', { fault: 'node/a', node: 'a', times: 10, forSeconds: 600 }],
      [
        'info',
        'Recovered',
        { fault: 'node/a', node: 'a', was: 'Cannot ask the kubelet', times: 11, lastedSeconds: 630 },
      ],
    ])
  })

  it('is logged again at once with another cause, under the same message', () => {
    const { said, faults } = setUp()
    const refused = () => ({ node: 'a', err: new Error('connect', { cause: new Error('refused') }) })
    faults.report('node/a', 'Failed to scrape node', refused())
    faults.report('node/a', 'Failed to scrape node', refused())
    faults.report('node/a', 'Failed to scrape node', { node: 'a', err: 'timed out' })
    faults.report('node/a', 'Failed to scrape node', { node: 'a', err: 'timed out' })
    faults.report('node/a', 'Failed to scrape node', refused())
    faults.resolve('node/a')
    expect(said.map(([, message]) => message)).toEqual(['Failed to scrape node', 'Failed to scrape node', 'Recovered'])
    expect(said.at(-1)?.[2]).toEqual({
      fault: 'node/a',
      node: 'a',
      was: 'Failed to scrape node',
      times: 5,
      lastedSeconds: 0,
    })
  })

  it('is said again at once when it becomes another', () => {
    const { said, faults } = setUp()
    faults.report('node/a', 'refused')
    faults.report('node/a', 'refused')
    faults.report('node/a', 'timed out')
    faults.report('node/a', 'timed out')
    expect(said.map(([, message]) => message)).toEqual(['refused', 'timed out'])
  })
})

describe('a fault with messages that alternate', () => {
  it('logs each once', () => {
    const { said, faults } = setUp()
    for (let i = 0; i < 100; i++) faults.report('k', i % 2 === 0 ? 'refused' : 'timed out')
    expect(said.map(([, message]) => message)).toEqual(['refused', 'timed out'])
  })

  it('logs so many, and the others as their repeats', async () => {
    const { said, clock, faults } = setUp()
    for (let i = 0; i < 100; i++) faults.report('k', `refused on port ${i}`)
    expect(said).toHaveLength(8)
    await clock.advance(600_000)
    faults.report('k', 'refused on port 100')
    expect(said.at(-1)).toEqual(['error', 'refused on port 100', { fault: 'k', times: 93, forSeconds: 600 }])
  })
})

describe('a fault that ended', () => {
  it('is said at once when it begins anew', () => {
    const { said, faults } = setUp()
    faults.report('k', 'm')
    faults.resolve('k')
    faults.report('k', 'm')
    expect(said.map(([level]) => level)).toEqual(['error', 'info', 'error'])
  })

  it('and comes and goes is logged as one that lasts, until it stays away for two minutes', async () => {
    const { said, clock, faults } = setUp()
    for (let round = 0; round < 10; round++) {
      faults.report('k', 'm')
      await clock.advance(15_000)
      faults.resolve('k')
      await clock.advance(15_000)
    }
    expect(said.map(([level]) => level)).toEqual(['error', 'info', 'error'])
    await clock.advance(120_000)
    expect(said.slice(3)).toEqual([['info', 'Recovered', { fault: 'k', was: 'm', times: 9, lastedSeconds: 255 }]])
  })

  it('and was flapping is logged again every ten minutes, with its count', async () => {
    const { said, clock, faults } = setUp()
    for (let round = 0; round < 40; round++) {
      faults.report('k', 'm')
      faults.resolve('k')
      await clock.advance(30_000)
    }
    expect(said.map(([, , fields]) => fields?.times)).toEqual([undefined, 1, undefined, 20])
  })

  it('ten minutes ago is another when it begins anew', async () => {
    const { said, clock, faults } = setUp()
    for (let round = 0; round < 3; round++) {
      faults.report('k', 'm')
      faults.resolve('k')
      await clock.advance(600_000)
    }
    expect(said.map(([level]) => level)).toEqual(['error', 'info', 'error', 'info', 'error', 'info'])
  })

  it('and may come back takes no more room than a thousand of its kind', () => {
    const { said, faults } = setUp()
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3000; i++) {
        faults.report(`k${i}`, 'm')
        faults.resolve(`k${i}`)
      }
    }
    expect(said).toHaveLength(12_000)
  })

  it('of a thing that is gone is forgotten without a word', () => {
    const { said, faults } = setUp()
    faults.report('k', 'm')
    faults.forget('k')
    faults.resolve('k')
    faults.resolve('never seen')
    expect(said).toHaveLength(1)
  })
})

describe('more faults than can be distinguished', () => {
  it('are counted together, and said once in ten minutes', async () => {
    const { said, clock, faults } = setUp(2)
    for (const key of ['a', 'b', 'c', 'd', 'e']) faults.report(key, 'm')
    await clock.advance(600_000)
    faults.report('c', 'm')
    expect(said.slice(2)).toEqual([
      ['error', 'Too many faults at the same time to name each', { named: 2, further: 1, last: 'm' }],
      ['error', 'Too many faults at the same time to name each', { named: 2, further: 3, last: 'm' }],
    ])
  })
})
