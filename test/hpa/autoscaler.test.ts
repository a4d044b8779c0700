import { describe, expect, it } from 'vitest'
import { Autoscaler, calculateReplicas, groupPods, type PodMetric, type PodState } from './autoscaler.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
const S = 1000

const state = (name: string, fields: Partial<PodState> = {}): PodState => ({
  name,
  phase: 'Running',
  isDeleting: false,
  startTimeMs: NOW - 3600 * S,
  ready: { status: true, lastTransitionMs: NOW - 3600 * S },
  requestMillicores: 100,
  ...fields,
})

/** Started and became Ready so many seconds ago. */
const young = (name: string, readyAgo: number, isReady = true): PodState =>
  state(name, {
    startTimeMs: NOW - (readyAgo + 2) * S,
    ready: { status: isReady, lastTransitionMs: NOW - readyAgo * S },
  })

const metric = (millicores: number, windowMs = 15 * S, timestampMs = NOW - 5 * S): PodMetric => ({
  ...{ millicores, windowMs, timestampMs },
})
const metricsOf = (entries: Record<string, number>) =>
  new Map(Object.entries(entries).map(([name, millicores]) => [name, metric(millicores)]))

describe('the HPA controller’s groups', () => {
  it.each<[string, PodState, PodMetric | undefined, string]>([
    ['an old pod', state('p'), metric(100), 'ready'],
    ['a pod without metrics', state('p'), undefined, 'missing'],
    ['a pod that is being deleted', state('p', { isDeleting: true }), metric(100), 'ignored'],
    ['a pod that failed', state('p', { phase: 'Failed' }), metric(100), 'ignored'],
    ['a pod that is pending', state('p', { phase: 'Pending' }), undefined, 'unready'],
    ['a young pod that is not Ready', young('p', 20, false), metric(100), 'unready'],
    ['a young pod measured from before it was Ready', young('p', 19), metric(100), 'unready'],
    ['a young pod measured from the second on in which it became Ready', young('p', 20), metric(100), 'ready'],
    ['the same with a window longer by a millisecond', young('p', 20), metric(100, 15 * S + 1), 'unready'],
    [
      'an old pod that was Ready once',
      state('p', { ready: { status: false, lastTransitionMs: NOW } }),
      metric(100),
      'ready',
    ],
    [
      'an old pod that never was Ready',
      state('p', { ready: { status: false, lastTransitionMs: NOW - 3595 * S } }),
      metric(100),
      'unready',
    ],
  ])('have %s where it belongs', (_, pod, measured, group) => {
    const metrics = new Map(measured === undefined ? [] : [['p', measured]])
    expect(groupPods([pod], metrics, NOW)).toMatchObject({ [group]: ['p'] })
  })
})

describe('the HPA controller’s arithmetic', () => {
  const two = [state('a'), state('b')]
  it.each<[string, PodState[], Record<string, number>, number]>([
    ['two pods at three times the target are to be six', two, { a: 300, b: 300 }, 6],
    ['a millicore more is less than a percent, and does not count', two, { a: 301, b: 300 }, 6],
    ['two percent more are a seventh pod', two, { a: 302, b: 302 }, 7],
    ['a tenth is within the tolerance', two, { a: 110, b: 110 }, 2],
    ['missing pods count as idle on the way up', [...two, state('c'), state('d')], { a: 300, b: 300 }, 6],
    ['missing pods count as busy on the way down', [...two, state('c')], { a: 40, b: 40 }, 2],
    ['unready pods count as idle on the way up', [...two, young('c', 10)], { a: 300, b: 300, c: 900 }, 6],
    ['unready pods are left out on the way down', [...two, young('c', 10)], { a: 40, b: 40, c: 900 }, 1],
    ['what would turn the direction is left alone', [...two, young('c', 10)], { a: 120, b: 120, c: 0 }, 3],
  ])('%s', (_, pods, used, replicas) => {
    expect(calculateReplicas(pods.length, pods, metricsOf(used), { percent: 100 }, NOW)?.replicas).toBe(replicas)
  })

  it('gives up when no pod counts', () => {
    expect(calculateReplicas(1, [young('a', 1)], metricsOf({ a: 900 }), { percent: 100 }, NOW)).toBeUndefined()
  })

  it('takes an average value without rounding to percents', () => {
    expect(calculateReplicas(2, two, metricsOf({ a: 301, b: 300 }), { millicores: 100 }, NOW)?.replicas).toBe(7)
  })
})

describe('the HPA controller over time', () => {
  const create = () => new Autoscaler({ target: { percent: 100 }, minReplicas: 2, maxReplicas: 50 })
  const busy = (pods: number, millicores: number) => {
    const names = Array.from({ length: pods }, (_, i) => `p${i}`)
    return [names.map((name) => state(name)), metricsOf(Object.fromEntries(names.map((n) => [n, millicores])))] as const
  }

  it('adds four pods, or as many as there are, within 15 s', () => {
    const autoscaler = create()
    const sync = (pods: number, at: number) => autoscaler.sync(pods, ...busy(pods, 1000), NOW + at * S).replicas
    expect([sync(2, 0), sync(6, 5), sync(6, 16), sync(12, 32)]).toEqual([6, 6, 12, 24])
  })

  it('takes pods away only when none was wanted for five minutes', () => {
    const autoscaler = create()
    expect(autoscaler.sync(4, ...busy(4, 100), NOW).replicas).toBe(4)
    expect(autoscaler.sync(4, ...busy(4, 10), NOW + 299 * S).replicas).toBe(4)
    expect(autoscaler.sync(4, ...busy(4, 10), NOW + 301 * S).replicas).toBe(2)
  })
})
