import { looksBefore, seedOf } from '../../sim/kubelet/housekeeping.ts'
import { runAt } from '../../sim/world/life.ts'
import type { SimContainer, SimPod } from '../../sim/world/things.ts'
import { cpuNanosecondsAt, memoryBytesAt, storageBytesAt } from '../../sim/world/truth.ts'
import type { NodeUsage, PodUsage } from '../../src/model/usage.ts'
import type { History } from './history.ts'

/** What comes of holding an object that was served against the truth. */
export interface Verdict {
  /** Why it is wrong; `undefined` when it is right. */
  readonly wrong: string | undefined
  /** How far each CPU value is from the truth over exactly its window, as a share of the truth. */
  readonly errors: readonly number[]
  /** How many values of ephemeral storage it has; none when left out. */
  readonly storages?: number
}

/** Lies in the ends of a window that are within what is promised, milliseconds: see Rate in src/store/reading.ts. */
export interface Tolerance {
  readonly containerMs: number
  readonly nodeMs: number
  /** By how much later than its values were taken a pod's list of containers may have been made, milliseconds. */
  readonly listedMs?: number
  /** How old ephemeral storage may be, milliseconds; {@link STORAGE_MS} when left out. */
  readonly storageMs?: number
}

const STORAGE_MS = 600_000
/** The window of a node's first value: cAdvisor's interval, of which nobody tells how long it was. */
const FIRST_WINDOW_MS = 10_000
/** CPU below this is too little to take shares of, nanocores. */
const WORTH_A_SHARE = 10e6
/** Counters are told in whole nanoseconds, usage in whole nanocores, windows in whole milliseconds. */
const ROUNDING = 1e-4

/** What a thing had used by a moment, nanoseconds; only ever grows. */
type Used = (timeMs: number) => number

interface Claim {
  readonly nanocores: number
  readonly timestampMs: number
  readonly windowMs: number
}

/** Moments that a timestamp may mean: the API writes whole seconds, so that up to one is cut off. */
const MEANT_MS = Array.from({ length: 20 }, (_, i) => i * 50)

const rateAt = ({ timestampMs, windowMs }: Claim, used: Used, offMs: number): number =>
  ((used(timestampMs + offMs) - used(timestampMs + offMs - windowMs)) / windowMs) * 1000

function share(claim: Claim, used: Used): number[] {
  const truths = MEANT_MS.map((offMs) => rateAt(claim, used, offMs))
  if (Math.max(...truths) < WORTH_A_SHARE) return []
  return [Math.min(...truths.map((truth) => Math.abs(claim.nanocores - truth) / truth))]
}

/** Whether a rate is the true one over a window whose ends lie no further off than `endsMs`. */
function isTrue({ nanocores, timestampMs, windowMs }: Claim, used: Used, endsMs: number): boolean {
  const claimed = (nanocores * windowMs) / 1000
  return MEANT_MS.some((offMs) => {
    const to = timestampMs + offMs
    const from = to - windowMs
    const least = used(to - endsMs) - used(from + endsMs)
    const most = used(to + endsMs) - used(from - endsMs)
    const slack = most * ROUNDING + windowMs
    return claimed >= least - slack && claimed <= most + slack
  })
}

const describe = (claim: Claim, used: Used): string => {
  const [first = 0, last = 0] = [MEANT_MS[0], MEANT_MS.at(-1)].map((offMs) => rateAt(claim, used, offMs ?? 0) / 1e6)
  const at = new Date(claim.timestampMs).toISOString()
  const told = (claim.nanocores / 1e6).toFixed(2)
  return `${told}m at ${at} over ${claim.windowMs} ms, in truth ${first.toFixed(2)}m to ${last.toFixed(2)}m`
}

/** CPU of each run of a container that went on within the tolerance of `timeMs`: two, where it was started anew. */
function usedByRuns(container: SimContainer, timeMs: number, endsMs: number): Used[] {
  const runs = new Map<number, Used>()
  for (const off of momentsAround(endsMs)) {
    const run = runAt(container, timeMs + off)
    if (run === undefined) continue
    const last = run.endMs - 1e-3
    runs.set(run.startMs, (at) => (at <= run.startMs ? 0 : (cpuNanosecondsAt(container, Math.min(at, last)) ?? 0)))
  }
  return [...runs.values()]
}

/** Moments at which the values of a timestamp may have been taken, and the pod's containers listed. */
const momentsAround = (endsMs: number, listedMs = 0): number[] =>
  Array.from({ length: Math.ceil((1000 + 2 * endsMs + listedMs) / 50) + 1 }, (_, i) => i * 50 - endsMs)

function memoryIsTrue(container: SimContainer, bytes: number, timeMs: number, endsMs: number): boolean {
  const around = momentsAround(endsMs)
    .map((off) => memoryBytesAt(container, timeMs + off))
    .filter((b) => b > 0)
  const page = 4096
  return bytes >= Math.min(...around) - page && bytes <= Math.max(...around) + page
}

/** Whether a run that went on at the time of the sample had so much, not too long before; it only grows within a run. */
function storageIsTrue(
  container: SimContainer,
  bytes: number | undefined,
  timeMs: number,
  endsMs: number,
  oldMs: number,
): boolean {
  if (bytes === undefined) return true
  return momentsAround(endsMs).some((off) => {
    const run = runAt(container, timeMs + off)
    if (run === undefined) return false
    const bytesAt = (at: number): number => {
      const { rootfs = 0, logs = 0 } = storageBytesAt(container, Math.max(run.startMs, at)) ?? {}
      return rootfs + logs
    }
    // A whole Summary that was asked for apart is later than the sample.
    return bytes >= bytesAt(timeMs - oldMs) && bytes <= bytesAt(Math.min(run.endMs - 1, timeMs + oldMs))
  })
}

function judgeAs(
  pod: SimPod,
  usage: PodUsage,
  { containerMs: endsMs, listedMs, storageMs = STORAGE_MS }: Tolerance,
): Verdict {
  const { timestampMs, windowMs } = usage
  const errors: number[] = []
  const wrong = (why: string): Verdict => ({ wrong: why, errors })
  const listed = new Set(usage.containers.map(({ name }) => name))
  const missing = pod.containers.filter(
    (c) =>
      !listed.has(c.name) && momentsAround(endsMs, listedMs).every((off) => runAt(c, timestampMs + off) !== undefined),
  )
  if (missing.length > 0) return wrong(`served without ${missing.map(({ name }) => name).join()}`)
  for (const { name, usage: told } of usage.containers) {
    const container = pod.containers.find((c) => c.name === name)
    const runs = container === undefined ? [] : usedByRuns(container, timestampMs, endsMs)
    const claim: Claim = { nanocores: told.cpuNanocores, timestampMs, windowMs }
    const used = runs.find((each) => isTrue(claim, each, endsMs)) ?? runs[0]
    if (container === undefined || used === undefined) return wrong(`${name} did not run then`)
    errors.push(...share(claim, used))
    if (!isTrue(claim, used, endsMs)) return wrong(`CPU of ${name}: ${describe(claim, used)}`)
    if (!memoryIsTrue(container, told.memoryBytes, timestampMs, endsMs)) return wrong(`memory of ${name}`)
    if (!storageIsTrue(container, told.ephemeralStorageBytes, timestampMs, endsMs, storageMs))
      return wrong(`ephemeral storage of ${name}: ${told.ephemeralStorageBytes} bytes`)
  }
  const storages = usage.containers.filter(({ usage: told }) => told.ephemeralStorageBytes !== undefined).length
  return { wrong: undefined, errors, storages }
}

/** Whether a pod of that name was just so. */
export function judgePod(history: History, key: string, usage: PodUsage, tolerance: Tolerance): Verdict {
  const verdicts = history.podsNamed(key).map((pod) => judgeAs(pod, usage, tolerance))
  return (
    verdicts.find(({ wrong }) => wrong === undefined) ??
    verdicts.at(-1) ?? { wrong: 'there never was such a pod', errors: [] }
  )
}

/** Whether a node did just that. */
export function judgeNode(history: History, name: string, usage: NodeUsage, { nodeMs }: Tolerance): Verdict {
  const { timestampMs, windowMs } = usage
  const node = history.node(name)
  if (node === undefined) return { wrong: 'there is no such node', errors: [] }
  const claim: Claim = { nanocores: usage.usage.cpuNanocores, timestampMs, windowMs }
  const verdicts = history.bootsBefore(name, timestampMs + nodeMs).map((bootMs): Verdict => {
    const used: Used = (at) => history.nodeNanoseconds(node, bootMs, bootMs, Math.max(at, bootMs))
    if (isTrue(claim, used, nodeMs)) return { wrong: undefined, errors: share(claim, used) }
    const isFirst = windowMs === FIRST_WINDOW_MS && isLastLook(name, bootMs, claim, used)
    return { wrong: isFirst ? undefined : `CPU: ${describe(claim, used)}`, errors: [] }
  })
  return verdicts.find(({ wrong }) => wrong === undefined) ?? verdicts[0] ?? { wrong: 'it was not up', errors: [] }
}

/** Whether it is the rate between cAdvisor's last two looks. */
function isLastLook(name: string, bootMs: number, claim: Claim, used: Used): boolean {
  const { last, previous } = looksBefore(seedOf(name), bootMs, claim.timestampMs + 1000)
  if (last === undefined || previous === undefined) return false
  return isTrue({ ...claim, timestampMs: last, windowMs: last - previous }, used, 1)
}
