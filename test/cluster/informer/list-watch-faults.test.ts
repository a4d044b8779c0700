import { expect, it } from 'vitest'
import { drop, fail, send } from '../../support/fake-answers.ts'
import { PATH, pod, usePodCache } from '../pod-cache-fixture.ts'

const at = usePodCache()
const { names, lists, watches, startWatching } = at

it.each([
  ['a 500', fail(500, 'InternalError', 'etcd is away'), /etcd is away/],
  ['a 403', fail(403, 'Forbidden', 'pods is forbidden'), /pods is forbidden/],
  ['a page that is no JSON', send(['<html>']), /is not JSON/],
  ['an answer that is no list', send(['{"kind":"Status"}']), /is no list/],
  ['a cut connection', drop, /no answer from the apiserver/],
])('%s to the list is reported, tried again and resolved', async (_name, handler, message) => {
  at.pods.seed([pod('a')])
  at.cluster.apiserver.next(PATH, false, handler, handler)
  at.index.start()
  await at.cluster.until(() => expect(at.cluster.faults.open.get('watch pods')).toMatch(message))
  expect(at.index.synced()).toBe(false)
  await at.cluster.inTime(() => expect(names()).toEqual(['a']))
  await at.cluster.inTime(() => expect(at.cluster.faults.open.size).toBe(0))
})

it.each([
  ['garbage', 'this is no event\n'],
  ['JSON that is no event', '{"type":"ADDED"}\n'],
  ['a line without an end', `{"type":"ADDED","x":"${'x'.repeat(9 * 2 ** 20)}`],
])('%s in the watch means another list', async (_name, line) => {
  at.pods.seed([pod('a')])
  await startWatching()
  at.pods.sendRaw(line)
  await at.cluster.inTime(() => expect(lists()).toHaveLength(2))
  await at.cluster.inTime(() => expect(at.pods.openWatches).toBe(1))
  expect(names()).toEqual(['a'])
  expect(at.cluster.faults.reported).toHaveLength(1)
  await at.cluster.inTime(() => expect(at.cluster.faults.open.size).toBe(0))
})

it.each([
  ['a 500', { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd event with PrevKv=nil' }],
  ['a 429', { kind: 'Status', code: 429, reason: 'TooManyRequests', message: 'too many requests' }],
  ['a 403', { kind: 'Status', code: 403, reason: 'Forbidden', message: 'no more' }],
  ['a 504', { kind: 'Status', code: 504, reason: 'Timeout', message: 'etcdserver: request timed out' }],
  ['no code', { kind: 'Status', message: 'odd' }],
  ['a code that is no number', { kind: 'Status', code: '410', message: 'odd' }],
  ['no Status', undefined],
])('an ERROR event with %s means another list, since the same place would be answered with the same error', async (_name, object) => {
  at.pods.seed([pod('a')])
  await startWatching()
  at.pods.seed([pod('b')])
  at.pods.sendRaw(`${JSON.stringify({ type: 'ERROR', object })}\n`)
  at.pods.endWatches('close')
  await at.cluster.inTime(() => expect(names()).toEqual(['b']))
  expect(lists()).toHaveLength(2)
  expect(at.cluster.faults.reported).toHaveLength(1)
  await at.cluster.inTime(() => expect(at.cluster.faults.open.size).toBe(0))
})

it('ERROR events that come at each watch are waited for longer and longer, as one fault that does not end', async () => {
  const error = send([`${JSON.stringify({ type: 'ERROR', object: { code: 500, message: 'etcd' } })}\n`])
  at.cluster.apiserver.next(PATH, true, ...Array.from({ length: 100 }, () => error))
  at.index.start()
  await at.cluster.until(() => expect(at.cluster.faults.open.has('watch pods')).toBe(true))
  for (let second = 0; second < 120; second++) {
    await at.cluster.clock.advance(1000)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(at.cluster.faults.open.has('watch pods')).toBe(true)
  }
  expect(lists().length).toBeGreaterThan(3)
  expect(lists().length).toBeLessThan(12)
})

it.each([
  ['a 500', fail(500, 'InternalError', 'etcd is away'), false],
  ['a 403', fail(403, 'Forbidden', 'may not watch'), false],
  ['an overload', fail(429, 'TooManyRequests', 'later'), false],
  ['a 400', fail(400, 'BadRequest', 'no such version'), true],
])('%s to the watch is reported, and resumed with a new list only where the place is lost', async (_name, handler, relisted) => {
  at.pods.seed([pod('a')])
  at.cluster.apiserver.next(PATH, true, handler, handler)
  at.index.start()
  await at.cluster.until(() => expect(at.cluster.faults.open.has('watch pods')).toBe(true))
  expect(at.index.synced()).toBe(true)
  at.pods.put(pod('b'))
  await at.cluster.inTime(() => expect(at.pods.openWatches).toBe(1))
  await at.cluster.until(() => expect(names()).toEqual(['a', 'b']))
  expect(at.cluster.faults.open.size).toBe(0)
  expect(lists().length > 1).toBe(relisted)
})

it('watches that end as soon as they begin are not asked for without a pause', async () => {
  at.cluster.apiserver.next(PATH, true, ...Array.from({ length: 50 }, () => send([])))
  at.index.start()
  await at.cluster.until(() => expect(watches()).toHaveLength(1))
  await at.cluster.clock.advance(500)
  expect(watches()).toHaveLength(1)
  await at.cluster.clock.advance(1000)
  await at.cluster.until(() => expect(watches()).toHaveLength(2))
  expect(lists()).toHaveLength(1)
})

it('events of a type that is not known are passed over', async () => {
  await startWatching()
  at.pods.sendRaw(`{"type":"WONDER","object":{}}\n\n`)
  at.pods.put(pod('a'))
  await at.cluster.until(() => expect(at.index.count).toBe(1))
  expect(lists()).toHaveLength(1)
})

it('an event in two pieces, cut inside a character, is read whole', async () => {
  const label = { app: 'grün-☃' }
  const line = Buffer.from(
    `${JSON.stringify({ type: 'ADDED', object: { metadata: { ...pod('a').metadata, labels: label, resourceVersion: '101' } } })}\n`,
  )
  const cut = line.indexOf(Buffer.from('☃')) + 1
  at.cluster.apiserver.next(PATH, true, (_request, response) => {
    response.writeHead(200)
    response.write(line.subarray(0, cut))
    setImmediate(() => setImmediate(() => response.write(line.subarray(cut))))
  })
  at.index.start()
  await at.cluster.until(() => expect(at.index.get('shop', 'a')?.labels).toEqual(['app', 'grün-☃']))
})
