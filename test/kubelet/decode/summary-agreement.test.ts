import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../../src/kubelet/decode/response-reader.ts'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import { plain } from '../../support/plain-samples.ts'
import { mutated } from './mutated.ts'
import { inOrder } from './pods-of-entries.ts'
import { summaryByParse } from './summary-by-parse.ts'

const decodeSummary = createSummaryDecoder()

const RECORDINGS = [0, 1, 2, 3].map((i) =>
  readFileSync(new URL(`../../fixtures/kubelet/summary-${i}.json`, import.meta.url)),
)

/** Holds the decoder to what JSON.parse says of the same bytes. */
function agree(body: Buffer): void {
  const expected = summaryByParse(body)
  if (expected === undefined) expect(() => decodeSummary(body)).toThrow(DecodeError)
  else {
    const { leftOut: _, ...sample } = plain(decodeSummary(body))
    expect({ ...sample, pods: inOrder(sample.pods) }).toStrictEqual(expected)
  }
}

describe('decodeSummary', () => {
  it.each([
    ['{"node":{"cpu":{"usageNanoCores":1},"cpu":{}}}', undefined],
    ['{"node":{"cpu":{"usageNanoCores":1},"cpu":5}}', undefined],
    ['{"node":{"cpu":{"usageNanoCores":1}},"node":{"cpu":{"usageNanoCores":2}}}', 2],
    ['{"node":{"\\u0063pu":{"usageNanoCores":3}}}', 3],
    ['{"node":{"cpu":{"usageNanoCores":1,"usageNanoCores":null}}}', undefined],
  ])('reads keys as JSON.parse does: %s', (text, nanocores) => {
    expect(decodeSummary(Buffer.from(text)).node?.cpuNanocores).toBe(nanocores)
    agree(Buffer.from(text))
  })

  it('agrees with JSON.parse on the recordings, cut anywhere and with any byte changed', () => {
    for (const recording of RECORDINGS) agree(recording)
    fc.assert(
      fc.property(fc.constantFrom(...RECORDINGS), mutated, (recording, mutate) => agree(mutate(recording))),
      {
        numRuns: 2000,
      },
    )
  })

  it('agrees with JSON.parse on values of any shape', () => {
    const leaf = fc.oneof(
      fc.constantFrom(null, true, 0, -1, 1.5, 1e300, 5, '', 'x', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5+01:00'),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
    )
    const resource = {
      startTime: leaf,
      cpu: fc.oneof(leaf, fc.record({ time: leaf, usageNanoCores: leaf, usageCoreNanoSeconds: leaf, psi: leaf })),
      memory: fc.oneof(leaf, fc.record({ time: leaf, workingSetBytes: leaf }, { requiredKeys: [] })),
      swap: fc.oneof(leaf, fc.record({ swapUsageBytes: leaf, swapAvailableBytes: leaf }, { requiredKeys: [] })),
    }
    const name = fc.oneof(fc.constantFrom('a', 'b', '__proto__'), leaf)
    const filesystem = fc.oneof(leaf, fc.record({ time: leaf, usedBytes: leaf, inodes: leaf }, { requiredKeys: [] }))
    const container = fc.oneof(
      { weight: 9, arbitrary: fc.record({ name, ...resource }) },
      { weight: 9, arbitrary: fc.record({ name, ...resource, rootfs: filesystem, logs: filesystem }) },
      { weight: 1, arbitrary: leaf },
    )
    const onePod = fc.record({
      podRef: fc.record({ name, namespace: name, uid: leaf }, { requiredKeys: ['name', 'namespace'] }),
      containers: fc.oneof(fc.array(container), leaf),
      cpu: leaf,
    })
    const summary = fc.record({
      node: fc.oneof(
        fc.record({ nodeName: leaf, systemContainers: fc.array(leaf), ...resource, fs: filesystem }),
        leaf,
      ),
      pods: fc.oneof(fc.array(fc.oneof(onePod, leaf)), leaf),
    })
    const indent = fc.constantFrom(undefined, 1, '\t', '\r\n')
    fc.assert(
      fc.property(summary, indent, (value, space) =>
        agree(
          Buffer.from(
            JSON.stringify(value, null, space === '\r\n' ? '  ' : space).replaceAll(
              '\n',
              space === '\r\n' ? '\r\n' : '\n',
            ),
          ),
        ),
      ),
      { numRuns: 2000 },
    )
  })

  it('agrees with JSON.parse on pods that are of one shape but for their values', () => {
    const number = fc.oneof(
      fc.nat(),
      fc.constantFrom(0, -0, 1.5, -1, 1e21, 2 ** 53 + 2, 10 ** 18, 2 ** 63),
      fc.bigInt({ min: 0n, max: 2n ** 64n }).map(Number),
    )
    const time = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-11-31T00:00:00Z', 'never', '')
    const name = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('a', 'b', 'c') },
      { weight: 1, arbitrary: fc.constantFrom('', 'ö', '"') },
    )
    const onePod = (containers: number) => {
      const stats = { time, usageNanoCores: number, usageCoreNanoSeconds: number }
      const memory = { time, workingSetBytes: number }
      const cpuAndMemory = { name, startTime: time, cpu: fc.record(stats), memory: fc.record(memory) }
      const filesystem = fc.record({ time, availableBytes: number, usedBytes: number })
      const container = fc.oneof(
        fc.record(cpuAndMemory),
        fc.record({ ...cpuAndMemory, rootfs: filesystem, logs: filesystem }),
        fc.record({ ...cpuAndMemory, logs: fc.record({ time }), rootfs: filesystem }),
      )
      const list = fc.array(container, { minLength: containers, maxLength: containers })
      const podRef = fc.record({ name, namespace: name, uid: name })
      return fc.record({ podRef, containers: list, cpu: fc.record(stats) })
    }
    const pods = fc.array(fc.oneof(onePod(1), onePod(2)), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(pods, fc.constantFrom(undefined, 1), (value, space) =>
        agree(Buffer.from(JSON.stringify({ pods: value }, null, space))),
      ),
      { numRuns: 1500 },
    )
  })

  it('throws nothing but DecodeError for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => agree(Buffer.from(any))))
    const tokens = fc.array(
      fc.constantFrom('{', '}', '[', ']', ',', ':', '"pods"', '"node"', '"', '\\', '1', '-', '.', 'e', ' ', 'null'),
    )
    fc.assert(
      fc.property(tokens, (all) => agree(Buffer.from(all.join('')))),
      { numRuns: 5000 },
    )
  })
})
