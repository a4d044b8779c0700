import { setTimeout as sleep } from 'node:timers/promises'
import type { Asker } from './asker.ts'
import type { Http2Asker } from './http2-asker.ts'
import { costOf, type ProcessCost } from './process-cost.ts'
import type { Turns } from './turns.ts'

const JSON_TYPE = 'application/json'
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf'
const ROUNDS = 4
const CLIENTS = 16
const STREAMS = 64
const LOAD_MS = 8000
const PACE_MS = 50
const PACED_REQUESTS = 600
const LOOK_MS = 500
const MEGABYTE = 1024 * 1024

/** A server that serves a whole cluster by now. */
export interface Measured {
  readonly asker: Asker
  readonly http2Asker: Http2Asker
  readonly turns: () => Promise<Turns>
  /** What all kubelets have sent so far. */
  readonly sentBytes: () => number
  readonly pid: number
  readonly resolutionMs: number
}

interface Listed {
  readonly metadata: { readonly namespace: string; readonly name: string }
}

const median = (figures: number[]): number => figures.sort((a, b) => a - b)[figures.length >> 1] ?? Number.NaN
const milliseconds = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`
const microseconds = (seconds: number): string => (seconds * 1e6).toFixed(0)
const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(0)} MB`

/** How long each of `count` answers took, one after the other; the median. */
async function latency(asker: Asker, path: string, accept: string, count: number): Promise<number> {
  await asker.read(path, accept)
  const figures: number[] = []
  for (let i = 0; i < count; i++) {
    const begin = performance.now()
    await asker.read(path, accept)
    figures.push(performance.now() - begin)
  }
  return median(figures)
}

/** What scraping costs while nobody asks. */
async function scraping(cost: ProcessCost, { turns, sentBytes, resolutionMs }: Measured): Promise<[string, string][]> {
  const before = await turns()
  const sentBefore = sentBytes()
  const cpuBefore = cost.cpuSeconds()
  const resident: number[] = []
  const end = performance.now() + ROUNDS * resolutionMs
  while (performance.now() < end) {
    await sleep(LOOK_MS)
    resident.push(cost.memory().residentBytes)
  }
  const cpuSeconds = cost.cpuSeconds() - cpuBefore
  const after = await turns()
  const mean = resident.reduce((sum, bytes) => sum + bytes, 0) / resident.length
  const rows: [string, string][] = [
    ['CPU for a round of scrapes', `${(cpuSeconds / ROUNDS).toFixed(2)} s`],
    [
      'responses of all kubelets for a round of scrapes',
      `${((sentBytes() - sentBefore) / ROUNDS / MEGABYTE).toFixed(1)} MB`,
    ],
    ['resident memory, mean / peak', `${megabytes(mean)} / ${megabytes(cost.memory().peakBytes)}`],
  ]
  // The Go server has no event loop.
  if (!Number.isNaN(after.all)) {
    rows.push([
      'turns of the event loop over 50 ms, of all',
      `${after.long - before.long} of ${after.all - before.all}`,
    ])
  }
  return rows
}

async function podPaths(asker: Asker): Promise<readonly string[]> {
  const pods = await asker.list<Listed>('pods')
  return pods.map(({ metadata }) => `namespaces/${metadata.namespace}/pods/${metadata.name}`)
}

/** So many requests at once, and what each costs the server. */
async function underLoad(
  read: (path: string, accept: string) => Promise<unknown>,
  atOnce: number,
  cost: ProcessCost,
  paths: readonly string[],
): Promise<string> {
  const cpuBefore = cost.cpuSeconds()
  const begin = performance.now()
  let answers = 0
  const client = async (): Promise<void> => {
    while (performance.now() - begin < LOAD_MS) {
      await read(paths[answers++ % paths.length] ?? '', PROTOBUF_TYPE)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  const perSecond = (answers * 1000) / (performance.now() - begin)
  return `${perSecond.toFixed(0)}/s at ${microseconds((cost.cpuSeconds() - cpuBefore) / answers)} µs`
}

/**
 * CPU seconds of each request, one at a time, 20 a second, as a cluster asks. The scrapes' part is left out: it is measured
 * for as long right afterwards, since it falls while V8 compiles.
 */
async function atPace(asker: Asker, cost: ProcessCost, paths: readonly string[]): Promise<number> {
  const cpuBefore = cost.cpuSeconds()
  const begin = performance.now()
  for (let i = 0; i < PACED_REQUESTS; i++) {
    await asker.read(paths[(i * 31) % paths.length] ?? '', PROTOBUF_TYPE)
    await sleep(Math.max(0, begin + (i + 1) * PACE_MS - performance.now()))
  }
  const cpuAfter = cost.cpuSeconds()
  await sleep(performance.now() - begin)
  return (cpuAfter - cpuBefore - (cost.cpuSeconds() - cpuAfter)) / PACED_REQUESTS
}

/** What the server costs: rows of a table. The scrapes that go on meanwhile count with the answers. */
export async function measureCost(measured: Measured): Promise<[string, string][]> {
  const { asker, http2Asker, pid } = measured
  const cost = costOf(pid)
  const rows = await scraping(cost, measured)
  const paths = await podPaths(asker)
  // Twice: V8 compiles in the first half minute, and a server lives on after it.
  const first = await atPace(asker, cost, paths)
  const next = await atPace(asker, cost, paths)
  rows.push([
    'one pod each, 20 a second, server CPU each, at first / then',
    `${microseconds(first)} / ${microseconds(next)} µs`,
  ])
  const list = async (what: string, path: string, accept: string, count: number) => {
    rows.push([what, milliseconds(await latency(asker, path, accept, count))])
  }
  await list('list of nodes, p50', 'nodes', JSON_TYPE, 40)
  await list('list of all pods, JSON, p50', 'pods', JSON_TYPE, 20)
  await list('list of all pods, protobuf, p50', 'pods', PROTOBUF_TYPE, 20)
  await list('one pod, p50', paths[0] ?? '', PROTOBUF_TYPE, 300)
  // Twice in turn: the first of each is also when the engine compiles it.
  for (let turn = 0; turn < 2; turn++) {
    const http1 = await underLoad(asker.read, CLIENTS, cost, paths)
    const overHttp2 = await underLoad(http2Asker.read, STREAMS, cost, paths)
    if (turn === 0) continue
    rows.push([`one pod each, ${CLIENTS} HTTP/1.1 connections, server CPU each`, http1])
    rows.push([`one pod each, ${STREAMS} streams of one HTTP/2 connection`, overHttp2])
  }
  rows.push(['resident memory after that', megabytes(cost.memory().residentBytes)])
  return rows
}
