import { expect, it } from 'vitest'
import { fail, hang } from '../support/fake-answers.ts'
import { PATH, pod, usePodIndex } from './pod-index-fixture.ts'

const at = usePodIndex()
const { names, lists, watches, startWatching } = at

it('a watch that ends in order is resumed where it ended, without another list', async () => {
  at.pods.seed([pod('a')])
  await startWatching()
  at.pods.put(pod('b'))
  await at.cluster.until(() => expect(at.index.count).toBe(2))
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

it('a connection that went dead is given up 30 s after the watch should have ended', async () => {
  at.cluster.apiserver.next(PATH, true, hang)
  at.index.start()
  await at.cluster.until(() => expect(watches()).toHaveLength(1))
  await at.cluster.clock.advance(479_000)
  expect(watches()).toHaveLength(1)
  await at.cluster.clock.advance(1_500)
  await at.cluster.until(() => expect(at.pods.openWatches).toBe(1))
  expect(at.cluster.faults.reported).toEqual([])
  expect(lists()).toHaveLength(1)
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
