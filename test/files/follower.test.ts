import { describe, expect, it } from 'vitest'
import type { Source } from '../../src/files/follower.ts'
import { UnusableError } from '../../src/files/text-file.ts'
import { followerOf } from '../support/follower.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults, createRecordingLog } from '../support/recording-log.ts'

async function setUp(more: Partial<Source<string>> = {}) {
  const clock = createManualClock()
  const faults = createRecordingFaults()
  const log = createRecordingLog()
  const follower = followerOf(clock, faults, log)
  const there = { content: 'one' as string | Error, reads: 0 }
  const followed = await follower.follow<string>({
    name: 'thing /a',
    async read() {
      there.reads++
      if (there.content instanceof Error) throw there.content
      return there.content
    },
    isSame: (a, b) => a === b,
    ...more,
  })
  follower.start()
  let changes = 0
  followed.onChange(() => changes++)
  return { clock, faults, log, follower, followed, there, changes: () => changes }
}

describe('what is followed', () => {
  it('is looked at every ten seconds, and told of when it has changed', async () => {
    const { clock, log, followed, there, changes } = await setUp()
    await clock.advance(60_000)
    expect([there.reads, changes()]).toEqual([7, 0])
    there.content = 'two'
    await clock.advance(10_000)
    expect([followed.current(), changes()]).toEqual(['two', 1])
    expect(log.lines).toEqual([{ message: 'Replaced, and in use from now on', fields: { what: 'thing /a' } }])
  })

  it('that cannot be used is reported at the second look, and what was before stays', async () => {
    const { clock, faults, followed, there } = await setUp()
    there.content = new UnusableError('thing /a is broken')
    await clock.advance(10_000)
    expect(faults.reported).toEqual([])
    await clock.advance(10_000)
    expect(faults.reported).toEqual([
      {
        message: 'Cannot use a replacement; what was there before stays in use',
        fields: { what: 'thing /a', err: 'thing /a is broken' },
      },
    ])
    expect(followed.current()).toBe('one')
    there.content = 'three'
    await clock.advance(10_000)
    expect([followed.current(), faults.open.size]).toEqual(['three', 0])
  })

  it('shows no message of an error that was not made to be shown', async () => {
    const { clock, faults, there } = await setUp()
    there.content = new TypeError('secret')
    await clock.advance(20_000)
    expect([...faults.open.values()]).toEqual([
      'Cannot use a replacement; what was there before stays in use: thing /a cannot be used (TypeError)',
    ])
  })

  it('reaches every listener, though one of them cannot use it: that is reported, without what went wrong', async () => {
    const { clock, faults, followed, there } = await setUp()
    const heard: string[] = []
    followed.onChange(() => {
      if (followed.current() === 'two') throw new RangeError('secret')
    })
    followed.onChange(() => heard.push(followed.current()))
    there.content = 'two'
    await clock.advance(10_000)
    expect([followed.current(), heard]).toEqual(['two', ['two']])
    expect([...faults.open.values()]).toEqual(['Replaced, but not in use everywhere: RangeError'])
    await clock.advance(60_000)
    expect(faults.open.size).toBe(1)
    there.content = 'three'
    await clock.advance(10_000)
    expect([heard.at(-1), faults.open.size]).toEqual(['three', 0])
  })

  it('and takes long to be read is not read twice at once, and holds up nobody else', async () => {
    const slow = Promise.withResolvers<string>()
    let reads = 0
    const { clock, follower } = await setUp({ read: () => (++reads === 1 ? Promise.resolve('one') : slow.promise) })
    let others = 0
    await follower.follow({ name: 'other', read: async () => ++others, isSame: () => false })
    await clock.advance(60_000)
    expect([reads, others]).toEqual([2, 7])
    slow.resolve('two')
    await clock.advance(10_000)
    expect(reads).toBe(3)
  })

  it('can be read at once, and rejects with the reason why that failed', async () => {
    const { followed, there, changes } = await setUp()
    expect(await followed.renew()).toBe(false)
    there.content = 'two'
    expect(await followed.renew()).toBe(true)
    there.content = new UnusableError('broken')
    await expect(followed.renew()).rejects.toThrow('broken')
    expect([followed.current(), changes()]).toEqual(['two', 1])
  })

  it('is read again after a reading that may have come too early, once for all who ask', async () => {
    const early = Promise.withResolvers<string>()
    const readings = [Promise.resolve('one'), early.promise, Promise.resolve('three')]
    let reads = 0
    const { clock, followed } = await setUp({ read: () => readings[reads++] ?? Promise.reject(new Error('too many')) })
    await clock.advance(10_000)
    const renewed = [followed.renew(), followed.renew()]
    early.resolve('two')
    expect(await Promise.all(renewed)).toEqual([true, true])
    expect([followed.current(), reads]).toEqual(['three', 3])
  })

  it('is left alone after the end', async () => {
    const { clock, follower, there } = await setUp()
    follower.stop()
    await clock.advance(60_000)
    expect(there.reads).toBe(1)
  })
})
