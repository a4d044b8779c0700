import { expect, it } from 'vitest'
import { fail, hang } from '../../support/fake-answers.ts'
import { PATH, pod, usePodCache } from '../pod-cache-fixture.ts'

const at = usePodCache()
const { names, lists, watches, startWatching } = at

it('a watch that ends in order is resumed where it ended, without another list', async () => {
  at.pods.seed([pod('a')])
  await startWatching()
  at.pods.put(pod('b'))
  await at.cluster.until(() => expect(at.index.count).toBe(2))
  await at.cluster.clock.advance(1000)
  at.pods.endWatches('close')
  await at.cluster.until(() => expect(watches()).toHaveLength(2))
  expect(watches()[1]?.query.get('resourceVersion')).toBe('101')
  expect(lists()).toHaveLength(1)
  expect(at.cluster.faults.reported).toEqual([])
})

it('a bookmark moves the place to resume at', async () => {
  await startWatching()
  at.pods.tick()
  at.pods.tick()
  at.pods.bookmark()
  at.pods.put(pod('a'))
  await at.cluster.until(() => expect(at.index.count).toBe(1))
  at.pods.tick()
  at.pods.bookmark()
  await at.cluster.clock.advance(1000)
  at.pods.endWatches('close')
  await at.cluster.until(() => expect(watches()).toHaveLength(2))
  expect(watches()[1]?.query.get('resourceVersion')).toBe('104')
})

it('the apiserver goes away and comes back: data is kept, the watch resumed, nothing lost', async () => {
  at.pods.seed([pod('a'), pod('b')])
  await startWatching()
  await at.cluster.apiserver.stop()
  await at.cluster.inTime(() =>
    expect(at.cluster.faults.open.get('watch pods')).toMatch(/no answer from the apiserver/),
  )
  expect(at.index.synced()).toBe(true)
  expect(names()).toEqual(['a', 'b'])
  at.pods.put(pod('c'))
  at.pods.delete('a', 'shop')
  await at.cluster.apiserver.start()
  await at.cluster.inTime(() => expect(names()).toEqual(['b', 'c']))
  expect(lists()).toHaveLength(1)
  expect(at.cluster.faults.open.size).toBe(0)
})

it('a watch that is cut off and resumed is no fault', async () => {
  await startWatching()
  at.pods.endWatches('cut')
  at.pods.put(pod('a'))
  await at.cluster.inTime(() => expect(at.index.count).toBe(1))
  expect(at.cluster.faults.reported).toEqual([])
  expect(lists()).toHaveLength(1)
})

it.each([
  ['as an event', () => at.pods.endWatches('close')],
  [
    'as a status',
    () => {
      at.cluster.apiserver.next(PATH, true, fail(410, 'Expired', 'too old resource version'))
      at.pods.endWatches('close')
    },
  ],
])('a resource version that is too old, told %s, means another list; what was deleted meanwhile goes', async (_name, end) => {
  at.pods.seed([pod('a'), pod('b')])
  await startWatching()
  await at.cluster.clock.advance(2000)
  at.pods.seed([pod('b'), pod('c')])
  at.pods.compact()
  end()
  await at.cluster.inTime(() => expect(names()).toEqual(['b', 'c']))
  expect(lists()).toHaveLength(2)
  expect(at.cluster.faults.reported).toEqual([])
})

it('a 410 between pages means one list without pages', async () => {
  at.pods.seed(Array.from({ length: 700 }, (_, i) => pod(`p${i}`)))
  at.cluster.apiserver.next(PATH, false, (request, response) => {
    at.pods.handler(request, response)
    at.pods.compact()
  })
  await startWatching()
  expect(at.index.count).toBe(700)
  expect(lists().map((one) => [one.query.get('limit'), one.query.get('continue')])).toEqual([
    ['500', null],
    ['500', '100:500'],
    [null, null],
  ])
})

it('watches that are cut again and again, each after a second, are resumed at once and in silence', async () => {
  await startWatching()
  for (let cuts = 1; cuts <= 20; cuts++) {
    await at.cluster.clock.advance(1000)
    at.pods.endWatches('cut')
    await at.cluster.until(() => expect(watches()).toHaveLength(cuts + 1))
    await at.cluster.until(() => expect(at.pods.openWatches).toBe(1))
  }
  expect(at.cluster.faults.reported).toEqual([])
  expect(lists()).toHaveLength(1)
})

it('a watch that is cut sooner is resumed after a pause, events or not', async () => {
  await startWatching()
  at.pods.put(pod('a'))
  await at.cluster.until(() => expect(at.index.count).toBe(1))
  at.pods.endWatches('cut')
  await at.cluster.until(() => expect(at.pods.openWatches).toBe(0))
  await at.cluster.clock.advance(500)
  expect(watches()).toHaveLength(1)
  await at.cluster.clock.advance(1000)
  await at.cluster.until(() => expect(watches()).toHaveLength(2))
})

it.each([
  ['never sent a bookmark', 0],
  ['sent bookmarks until then', 3],
])('a watch that %s and is silent for 100 s is on a dead connection: the next one begins, which is no fault', async (_name, bookmarks) => {
  await startWatching()
  for (let i = 0; i < bookmarks; i++) {
    await at.cluster.clock.advance(60_000)
    at.pods.bookmark()
    await at.cluster.until(() => expect(at.index.count).toBe(0))
    at.pods.put(pod('a'))
    await at.cluster.until(() => expect(at.index.count).toBe(1))
    at.pods.delete('a', 'shop')
    await at.cluster.until(() => expect(at.index.count).toBe(0))
  }
  await at.cluster.clock.advance(99_000)
  expect(watches()).toHaveLength(1)
  await at.cluster.clock.advance(1_500)
  await at.cluster.until(() => expect(watches()).toHaveLength(2))
  await at.cluster.until(() => expect(at.pods.openWatches).toBe(1))
  expect(at.cluster.faults.reported).toEqual([])
  expect(lists()).toHaveLength(1)
})

it('a watch that bookmarks keep alive lasts until 30 s after the time that was asked for', async () => {
  at.cluster.apiserver.next(PATH, true, (request, response) => {
    at.pods.handler(request, response)
    response.end = () => response
  })
  await startWatching()
  for (let minute = 1; minute <= 7; minute++) {
    await at.cluster.clock.advance(60_000)
    at.pods.put(pod(`p${minute}`))
    await at.cluster.until(() => expect(at.index.count).toBe(minute))
  }
  await at.cluster.clock.advance(59_000)
  expect(watches()).toHaveLength(1)
  await at.cluster.clock.advance(1_500)
  await at.cluster.until(() => expect(watches()).toHaveLength(2))
  expect(at.cluster.faults.reported).toEqual([])
})

it('a watch on a pooled connection that went dead is asked for once more after 10 s, on a new one', async () => {
  at.cluster.apiserver.next(PATH, true, hang)
  at.index.start()
  await at.cluster.until(() => expect(watches()).toHaveLength(1))
  await at.cluster.clock.advance(10_000)
  await at.cluster.until(() => expect(at.pods.openWatches).toBe(1))
  expect(at.cluster.faults.reported).toEqual([])
  expect(lists()).toHaveLength(1)
})

it('a watch that nobody answers is a fault', async () => {
  at.cluster.apiserver.next(PATH, true, hang, hang)
  at.index.start()
  await at.cluster.until(() => expect(watches()).toHaveLength(1))
  await at.cluster.clock.advance(10_000)
  await at.cluster.until(() => expect(watches()).toHaveLength(2))
  await at.cluster.clock.advance(90_000)
  await at.cluster.until(() => expect(at.cluster.faults.open.get('watch pods')).toMatch(/no answer within 100 s/))
  await at.cluster.inTime(() => expect(at.pods.openWatches).toBe(1))
  expect(at.cluster.faults.open.size).toBe(0)
})

it('stopping ends the watch and leaves what is known', async () => {
  at.pods.seed([pod('a')])
  await startWatching()
  await at.index.stop()
  await at.cluster.until(() => expect(at.pods.openWatches).toBe(0))
  await at.cluster.clock.advance(60_000)
  expect(watches()).toHaveLength(1)
  expect(names()).toEqual(['a'])
})
