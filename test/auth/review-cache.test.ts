import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createReviewCache, ReviewAbandonedError, ReviewQueue } from '../../src/auth/review-cache.ts'
import { TooManyReviewsError } from '../../src/model/identity.ts'
import { createManualClock } from '../support/manual-clock.ts'

function setUp({ concurrency = 2, maxWaiting = 3 } = {}) {
  const clock = createManualClock()
  const running: { key: string; signal: AbortSignal; answer: (text: string) => void }[] = []
  const cache = createReviewCache<{ text: string }>({
    clock,
    max: 100,
    maxBytes: 10_000,
    bytesOf: ({ text }) => text.length + 1,
    ttlMs: () => 10_000,
    deadlineMs: 30_000,
    concurrency,
    maxWaiting,
  })
  const get = (key: string, { gone, flow = 'a' }: { gone?: AbortSignal; flow?: string } = {}) =>
    cache
      .get({
        key,
        flow,
        keep: true,
        gone,
        run: (signal) =>
          new Promise((resolve, reject) => {
            running.push({ key, signal, answer: (text) => resolve({ text }) })
            signal.addEventListener('abort', () => reject(signal.reason))
          }),
      })
      .then(
        ({ text }) => text,
        (error: Error) => error,
      )
  return { clock, running, get, keys: () => running.map(({ key }) => key) }
}

describe('a review that nobody waits for', () => {
  it('is given up at once while it waits for its turn, and leaves its place to others', async () => {
    const { get, keys, running } = setUp({ concurrency: 1 })
    const client = new AbortController()
    void get('first')
    const given = get('second', { gone: client.signal })
    const third = get('third')
    client.abort()
    expect(await given).toBeInstanceOf(ReviewAbandonedError)
    running[0]?.answer('one')
    await turn()
    expect(keys()).toEqual(['first', 'third'])
    running[1]?.answer('three')
    expect(await third).toBe('three')
  })

  it('is given up a second later once it was sent, and frees its place', async () => {
    const { get, keys, running, clock } = setUp({ concurrency: 1 })
    const client = new AbortController()
    const given = get('first', { gone: client.signal })
    void get('second')
    await turn()
    client.abort()
    await clock.advance(999)
    expect(running[0]?.signal.aborted).toBe(false)
    await clock.advance(1)
    expect(running[0]?.signal.aborted).toBe(true)
    expect(await given).toBeInstanceOf(ReviewAbandonedError)
    expect(keys()).toEqual(['first', 'second'])
  })

  it('goes on while one of those who asked still waits, or one comes within the second', async () => {
    const { get, running, clock } = setUp()
    const [one, two] = [new AbortController(), new AbortController()]
    void get('k', { gone: one.signal })
    void get('k', { gone: two.signal })
    await turn()
    one.abort()
    await clock.advance(5000)
    two.abort()
    await clock.advance(500)
    const late = get('k')
    await clock.advance(5000)
    expect(running).toHaveLength(1)
    running[0]?.answer('yes')
    expect(await late).toBe('yes')
  })

  it('is begun anew for who comes after it was given up', async () => {
    const { get, running } = setUp({ concurrency: 1 })
    const client = new AbortController()
    void get('first')
    const given = get('k', { gone: client.signal })
    client.abort()
    const again = get('k')
    expect(await given).toBeInstanceOf(ReviewAbandonedError)
    running[0]?.answer('one')
    await turn()
    running[1]?.answer('yes')
    expect(await again).toBe('yes')
  })

  it('is not begun for a client that has gone already', async () => {
    const { get, running } = setUp({ concurrency: 1 })
    void get('first')
    expect(await get('k', { gone: AbortSignal.abort() })).toBeInstanceOf(ReviewAbandonedError)
    running[0]?.answer('one')
    await turn()
    expect(running).toHaveLength(1)
  })
})

describe('more reviews than may wait', () => {
  it('are refused at once, until there is room again', async () => {
    const { get, running } = setUp()
    const taken = ['a', 'b', 'c', 'd', 'e'].map((key) => get(key))
    expect(await get('f')).toBeInstanceOf(TooManyReviewsError)
    await turn()
    running[0]?.answer('yes')
    expect(await taken[0]).toBe('yes')
    // What is kept, or under way, needs no room.
    expect(await get('a')).toBe('yes')
    const joined = get('b')
    const more = get('f')
    expect(await get('g')).toBeInstanceOf(TooManyReviewsError)
    for (let i = 1; i < 6; i++) {
      await turn()
      running[i]?.answer(`${i}`)
    }
    expect(await Promise.all([joined, more])).toEqual(['1', '5'])
  })

  it('do not push out the answers that are kept', async () => {
    const { get, running } = setUp({ concurrency: 1, maxWaiting: 0 })
    const first = get('kept')
    await turn()
    running[0]?.answer('yes')
    await first
    void get('busy')
    for (let i = 0; i < 1000; i++) expect(await get(`k${i}`)).toBeInstanceOf(TooManyReviewsError)
    expect(await get('kept')).toBe('yes')
  })
})

describe('reviews of several flows', () => {
  it('take turns, each flow in its own order', async () => {
    const { get, running, keys } = setUp({ concurrency: 1, maxWaiting: 100 })
    void get('x')
    for (const key of ['a1', 'a2', 'a3', 'a4']) void get(key, { flow: 'a' })
    for (const key of ['b1', 'b2']) void get(key, { flow: 'b' })
    void get('c1', { flow: 'c' })
    for (let i = 0; i < 8; i++) {
      await turn()
      running[i]?.answer('')
    }
    expect(keys()).toEqual(['x', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  })

  it('lose the last of the longest where there is no room, and never to a flow as long', async () => {
    const queue = new ReviewQueue({ concurrency: 1, maxWaiting: 4 })
    const { signal } = new AbortController()
    const refused: string[] = []
    const run = (flow: string, name: string) =>
      queue.run(flow, () => new Promise(() => {}), signal).catch(() => void refused.push(name))
    void run('a', 'running')
    for (const name of ['a1', 'a2', 'a3', 'a4']) void run('a', name)
    void run('b', 'b1')
    await turn()
    void run('b', 'b2')
    await turn()
    void run('b', 'b3')
    await turn()
    expect(refused).toEqual(['a4', 'a3', 'b3'])
  })
})

describe('a review that heeds no signal', () => {
  it('does not keep its place beyond its time', async () => {
    const queue = new ReviewQueue({ concurrency: 1, maxWaiting: 4 })
    const controller = new AbortController()
    const hung = queue.run('a', () => new Promise(() => {}), controller.signal)
    const next = queue.run('a', async () => 'yes', new AbortController().signal)
    controller.abort(new Error('time is up'))
    await expect(hung).rejects.toThrow('time is up')
    expect(await next).toBe('yes')
  })
})
