import { describe, expect, it } from 'vitest'
import { summaryAnswer, wholeSummaryAnswer } from '../../../bench/kubelet-answers.ts'
import { createDecoders } from '../../../src/kubelet/decode/decoders.ts'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import type { NodeSample } from '../../../src/model/sample.ts'
import { cpuMilliseconds } from '../../support/cpu-time.ts'
import { plain } from '../../support/plain-samples.ts'

const TIME = '2026-01-01T00:00:00Z'
const used = (usedBytes: unknown) => ({ time: TIME, availableBytes: 5, capacityBytes: 9, usedBytes })

/** A Summary with so many pods of one container that has these fields. */
const summary = (fields: object, pods = 1, node: object = {}) =>
  Buffer.from(
    JSON.stringify({
      node: { nodeName: 'n', ...node },
      pods: Array.from({ length: pods }, (_, i) => ({
        podRef: { name: `p${i}`, namespace: 'd', uid: `u${i}` },
        containers: [{ name: 'c', memory: { time: TIME, workingSetBytes: 1 }, ...fields }],
      })),
    }),
  )

const storagesOf = (sample: NodeSample) =>
  plain(sample).pods.flatMap(({ containers }) => containers.map((each) => each.ephemeralStorageBytes))

describe('ephemeral storage in a whole Summary', () => {
  // Of three pods the first is read key by key, and the others by the template that was learned from it.
  it.each([
    ['is what writable layer and logs use together', { rootfs: used(700), logs: used(30) }, 730],
    ['may be 0', { rootfs: used(0), logs: used(0) }, 0],
    ['is not known where no logs are reported', { rootfs: used(700) }, undefined],
    ['is not known where no writable layer is reported', { logs: used(30) }, undefined],
    [
      'is not known where the runtime does not know the writable layer',
      { rootfs: { time: TIME }, logs: used(30) },
      undefined,
    ],
    ['is not known where one is null', { rootfs: null, logs: used(30) }, undefined],
    ['is not known where its bytes are null', { rootfs: used(null), logs: used(30) }, undefined],
    ['is not known where one is negative', { rootfs: used(-1), logs: used(30) }, undefined],
    ['is not known where one is a text', { rootfs: used('700'), logs: used(30) }, undefined],
    ['is not known where it is more than a double holds exactly', { rootfs: used(2 ** 53), logs: used(1) }, undefined],
    ['has nothing to do with the fields of others', { rootfs: used(1), logs: used(2), usedBytes: 7, fs: used(9) }, 3],
  ])('%s', (_, fields, bytes) => {
    const decode = createSummaryDecoder()
    expect(storagesOf(decode(summary(fields, 3)))).toEqual([bytes, bytes, bytes])
  })

  it('of a node is what its root filesystem has in use', () => {
    const decode = createSummaryDecoder()
    expect(decode(summary({}, 0, { fs: used(123) })).node?.ephemeralStorageBytes).toBe(123)
    expect(decode(summary({}, 0, { runtime: { imageFs: used(5) } })).node?.ephemeralStorageBytes).toBeUndefined()
    expect(decode(summary({}, 0, { rootfs: used(5) })).node?.ephemeralStorageBytes).toBeUndefined()
  })

  it('is not that of the pod before, in whatever order the two forms come', () => {
    const decode = createSummaryDecoder()
    const [whole, common] = [summary({ rootfs: used(700), logs: used(30) }, 2), summary({}, 2)]
    for (const body of [whole, common, whole, common]) {
      const bytes = body === whole ? 730 : undefined
      expect(storagesOf(decode(body))).toEqual([bytes, bytes])
    }
  })

  it('changes nothing of CPU and memory', () => {
    const without = (sample: NodeSample) =>
      plain(sample).pods.map((pod) => ({
        ...pod,
        containers: pod.containers.map((each) => ({ ...each, ephemeralStorageBytes: undefined })),
      }))
    const decode = createSummaryDecoder()
    expect(without(decode(wholeSummaryAnswer(9)))).toStrictEqual(without(decode(summaryAnswer(9))))
  })

  it('of a container that is listed twice is known where both agree, and hides no pod', () => {
    const twice = (one: number, other: number) =>
      Buffer.from(
        JSON.stringify({
          pods: [
            {
              podRef: { name: 'p', namespace: 'd', uid: 'u' },
              containers: [one, other].map((bytes) => ({
                ...{ name: 'c', memory: { time: TIME, workingSetBytes: 1 } },
                ...{ rootfs: used(bytes), logs: used(0) },
              })),
            },
          ],
        }),
      )
    const decode = createSummaryDecoder()
    expect(storagesOf(decode(twice(5, 5)))).toEqual([5])
    expect(storagesOf(decode(twice(5, 6)))).toEqual([undefined])
  })

  it('costs CPU by its bytes, as the common form does', () => {
    const pods = 300
    const [whole, common] = [wholeSummaryAnswer(pods), summaryAnswer(pods)]
    const decoders = createDecoders()
    const cost = (format: 'summary' | 'whole-summary', body: Buffer) => {
      void decoders[format](body, true)
      return cpuMilliseconds(() => {
        for (let i = 0; i < 20; i++) void decoders[format](body, true)
      })
    }
    const share = whole.length / common.length
    expect(share).toBeGreaterThan(1.5)
    // Read key by key it would cost several times as much.
    expect(cost('whole-summary', whole)).toBeLessThan(2 * share * cost('summary', common) + 10)
  })
})
