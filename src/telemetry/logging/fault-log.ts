import { hash } from 'node:crypto'
import type { Clock, Timer } from '../../model/clock.ts'
import type { FaultLog, LogFields, Logger } from '../../model/log.ts'
import { errorText } from './error-text.ts'

const REPEAT_MS = 10 * 60_000
/** A fault that came back within {@link REPEAT_MS} has recovered only when it stays away for this long. */
const STEADY_MS = 2 * 60_000
const DEFAULT_MAX_KEYS = 20_000
/** Faults that ended recently and are known again when they come back. */
const MAX_ENDED = 1000
/** Causes under one key that are distinguished; those beyond are repeats. */
const MAX_CAUSES = 8

interface Fault {
  /** The last line logged. */
  message: string
  fields: LogFields | undefined
  /** When each cause was last logged. */
  readonly loggedMs: Map<string, number>
  readonly sinceMs: number
  /** Reports since a line was last logged. */
  unlogged: number
  reports: number
  /** It came back soon after it had ended. */
  readonly returned: boolean
}

interface Ended {
  readonly fault: Fault
  readonly endedMs: number
  /** Pending: the end is not logged yet. */
  timer: Timer | undefined
}

export interface FaultLogParts {
  readonly logger: Logger
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>
  /** How many faults are distinguished at the same time. Those beyond are counted together. */
  readonly maxKeys?: number
}

/** What distinguishes one cause of a fault from another, in few bytes: 20,000 faults may have several each. */
const causeOf = (message: string, fields: LogFields | undefined): string =>
  fields?.err === undefined ? message : hash('sha1', `${message}: ${errorText(fields.err)}`, 'base64')

/** Logs once what lasts: see FaultLog. Every line names the fault, so that its lines can be found together. */
export function createFaultLog({ logger, clock, maxKeys = DEFAULT_MAX_KEYS }: FaultLogParts): FaultLog {
  const faults = new Map<string, Fault>()
  const ended = new Map<string, Ended>()
  const overflow = { count: 0, loggedMs: Number.NEGATIVE_INFINITY }

  function begin(key: string, message: string, fields: LogFields | undefined, returned: boolean): void {
    const nowMs = clock.monotonicMs()
    if (faults.size >= maxKeys) {
      reportOverflow(message, nowMs)
      return
    }
    const loggedMs = new Map([[causeOf(message, fields), nowMs]])
    faults.set(key, { message, fields, loggedMs, sinceMs: nowMs, unlogged: 0, reports: 1, returned })
    logger.error(message, { fault: key, ...fields })
  }

  function reportOverflow(message: string, nowMs: number): void {
    overflow.count++
    if (nowMs - overflow.loggedMs < REPEAT_MS) return
    logger.error('Too many faults at the same time to name each', {
      named: maxKeys,
      further: overflow.count,
      last: message,
    })
    overflow.count = 0
    overflow.loggedMs = nowMs
  }

  function repeat(key: string, fault: Fault, message: string, fields: LogFields | undefined): void {
    const nowMs = clock.monotonicMs()
    fault.reports++
    fault.unlogged++
    const cause = causeOf(message, fields)
    const loggedMs = fault.loggedMs.get(cause)
    const isNew = loggedMs === undefined && fault.loggedMs.size < MAX_CAUSES
    const lastMs = loggedMs ?? Math.max(...fault.loggedMs.values())
    if (!isNew && nowMs - lastMs < REPEAT_MS) return
    const count = isNew ? {} : { times: fault.unlogged, forSeconds: seconds(nowMs - fault.sinceMs) }
    if (!isNew && loggedMs === undefined) fault.loggedMs.clear()
    fault.loggedMs.set(cause, nowMs)
    fault.message = message
    fault.fields = fields
    fault.unlogged = 0
    logger.error(message, { fault: key, ...fields, ...count })
  }

  function logEnd(key: string, { fault, endedMs }: Ended): void {
    const { what, node, address } = fault.fields ?? {}
    const lastedSeconds = seconds(endedMs - fault.sinceMs)
    const named = { fault: key, what, node, address, was: fault.message }
    logger.info('Recovered', { ...named, times: fault.reports, lastedSeconds })
  }

  function logPendingEnd(key: string, one: Ended): void {
    if (one.timer === undefined) return
    one.timer.cancel()
    one.timer = undefined
    logEnd(key, one)
  }

  function keepEnded(key: string, one: Ended): void {
    ended.set(key, one)
    if (ended.size <= MAX_ENDED) return
    const [oldest] = ended
    if (oldest === undefined) return
    ended.delete(oldest[0])
    logPendingEnd(...oldest)
  }

  return {
    report(key, message, fields) {
      const fault = faults.get(key)
      if (fault !== undefined) {
        repeat(key, fault, message, fields)
        return
      }
      const before = ended.get(key)
      ended.delete(key)
      if (before?.timer !== undefined && faults.size < maxKeys) {
        before.timer.cancel()
        faults.set(key, before.fault)
        repeat(key, before.fault, message, fields)
      } else {
        begin(key, message, fields, before !== undefined && clock.monotonicMs() - before.endedMs < REPEAT_MS)
      }
    },
    resolve(key) {
      const fault = faults.get(key)
      if (fault === undefined) return
      faults.delete(key)
      const one: Ended = { fault, endedMs: clock.monotonicMs(), timer: undefined }
      if (fault.returned) one.timer = clock.after(STEADY_MS, () => logPendingEnd(key, one))
      else logEnd(key, one)
      keepEnded(key, one)
    },
    forget(key) {
      faults.delete(key)
      ended.get(key)?.timer?.cancel()
      ended.delete(key)
    },
  }
}

const seconds = (ms: number): number => Math.round(ms / 1000)
