import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { resourceAnswer, summaryAnswer } from '../../../bench/kubelet-answers.ts'
import { createDecoders, type Decoder } from '../../../src/kubelet/decode/decoders.ts'
import { createExpositionDecoder } from '../../../src/kubelet/decode/exposition.ts'
import { DecodeError } from '../../../src/kubelet/decode/response-reader.ts'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import { cpuMilliseconds } from '../../support/cpu-time.ts'
import { clientFor, LOOPBACK } from '../client/fake-kubelet.ts'
import { useKubelet } from '../client/kubelet-fixture.ts'
import { JUNK, junk } from './junk.ts'

const MIB = 2 ** 20

/** Milliseconds of this thread's CPU since `from`. */
function cpuSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(from)
  return (user + system) / 1000
}

/** What the longest turn of the event loop takes of this thread's CPU while `work` is done, and all of them together, milliseconds. */
async function turnsOf(work: () => unknown): Promise<{ longestMs: number; totalMs: number }> {
  const begin = process.threadCpuUsage()
  let from = begin
  let longestMs = 0
  let isDone = false
  const done = Promise.resolve()
    .then(work)
    .finally(() => {
      isDone = true
    })
  const look = (): void => {
    longestMs = Math.max(longestMs, cpuSince(from))
    from = process.threadCpuUsage()
  }
  while (!isDone) {
    await nextTurn()
    look()
  }
  await done
  return { longestMs, totalMs: cpuSince(begin) }
}

/** Junk may be refused, or be left out. */
async function decodeJunk(decode: Decoder, body: Buffer): Promise<void> {
  try {
    await decode(body, true)
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
  }
}

describe('16 MiB of junk', () => {
  it.each(JUNK)('that are %s hold up nobody for long', async (kind) => {
    const { format, body } = junk(kind, 16 * MIB)
    const decode = createDecoders()[format]
    const { longestMs } = await turnsOf(() => decodeJunk(decode, body))
    expect(longestMs).toBeLessThan(250)
  })

  it.each(
    JUNK.filter((kind) => junk(kind, 1000).format === 'summary'),
  )('that are %s hold up nobody for long where pressure is read too', async (kind) => {
    const decode = createDecoders(true).summary
    const { longestMs } = await turnsOf(() => decodeJunk(decode, junk(kind, 16 * MIB).body))
    expect(longestMs).toBeLessThan(250)
  })

  it.each([
    'containers without anything but a name',
    'one container again and again',
    'deep values',
    'unknown keys',
    'times of an odd kind',
    'series of containers',
    'series of one container',
    'series of ids',
    'series of the node',
    'foreign series',
  ])('that are %s would cost twice as much if they were twice as many', (kind) => {
    const cost = (bytes: number) => {
      const { format, body } = junk(kind, bytes)
      const decode = createDecoders()[format]
      return cpuMilliseconds(() => void decodeJunk(decode, body))
    }
    // The square would be four times as much.
    expect(cost(MIB)).toBeLessThan(3 * cost(MIB / 2) + 10)
  })
})

describe('a large answer that makes sense', () => {
  const pods = 1500
  const [summary, resource] = [summaryAnswer(pods), resourceAnswer(pods)]

  it('is decoded in several turns, to what it says', async () => {
    const { summary: decodeSummary, exposition } = createDecoders()
    expect(summary.length).toBeGreaterThan(2 * MIB)
    expect(resource.length).toBeGreaterThan(MIB)
    for (const [decoded, expected] of [
      [decodeSummary(summary, true), createSummaryDecoder()(summary)],
      [exposition(resource, true), createExpositionDecoder()(resource)],
    ] as const) {
      expect(decoded).toBeInstanceOf(Promise)
      const sample = await decoded
      expect(sample).toStrictEqual(expected)
      expect(sample.pods).toHaveLength(pods)
    }
  })

  it('is not mixed up with others that are decoded in between', async () => {
    const decode = createDecoders().summary
    const other = Buffer.from(summary.toString('latin1').replaceAll('"burn"', '"heat"'))
    const small = summaryAnswer(3)
    const [one, two] = [decode(summary, true), decode(other, true)]
    const between = [await decode(small, true)]
    await nextTurn()
    between.push(await decode(small, true))
    expect(await one).toStrictEqual(createSummaryDecoder()(summary))
    expect(await two).toStrictEqual(createSummaryDecoder()(other))
    for (const each of between) expect(each).toStrictEqual(createSummaryDecoder()(small))
  })
})

const at = useKubelet()

describe('a kubelet that makes up its answer', () => {
  it.each([
    ['110,000 containers in a pod', 'containers in one pod', 'summary', 15],
    ['60,000 containers', 'series of containers', 'resource', 5],
  ] as const)('of %s holds up nobody for long', async (_, kind, source, mebibytes) => {
    const { body } = junk(kind, mebibytes * MIB)
    const client = clientFor(at.kubelet, at.ca, { source })
    at.kubelet.answer = (_request, response) => void response.end(body)
    const { longestMs } = await turnsOf(() => client.scrape(LOOPBACK).catch(() => {}))
    expect(longestMs).toBeLessThan(250)
    await client.close()
  })

  it('is scraped like any other when it has come to its senses', async () => {
    const ofNode = (answer: Buffer) => Buffer.from(answer.toString().replace('real-node', 'node-1'))
    const [large, small] = [ofNode(summaryAnswer(1500)), ofNode(summaryAnswer(2))]
    at.kubelet.answer = (_, response) => void response.end(junk('pods', 2 * MIB).body)
    expect(await at.client.failure()).toMatchObject({
      reason: 'malformed',
      message: expect.stringContaining('it lists more than 10000 pods'),
    })
    at.kubelet.answer = (_, response) => void response.end(large)
    const { sample } = await at.client.scrape(LOOPBACK)
    at.kubelet.answer = (_, response) => void response.end(small)
    await at.client.scrape(LOOPBACK)
    expect(sample).toStrictEqual(createSummaryDecoder()(large))
  })
})
