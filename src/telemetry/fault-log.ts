import type { Clock } from '../model/clock.ts'
import type { FaultLog, LogFields, Logger } from '../model/log.ts'

const REPEAT_MS = 10 * 60_000
const DEFAULT_MAX_KEYS = 20_000

interface Fault {
  message: string
  readonly sinceMs: number
  saidMs: number
  /** Reports since it was last said. */
  unsaid: number
  reports: number
}

export interface FaultLogParts {
  readonly logger: Logger
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** How many faults are told apart at the same time. Those beyond are counted together. */
  readonly maxKeys?: number
}

/** Says once what lasts: see FaultLog. Every line names the fault, so that its lines can be found together. */
export function createFaultLog({ logger, clock, maxKeys = DEFAULT_MAX_KEYS }: FaultLogParts): FaultLog {
  const faults = new Map<string, Fault>()
  const crowd = { count: 0, saidMs: Number.NEGATIVE_INFINITY }

  function begin(key: string, message: string, fields: LogFields | undefined): void {
    const nowMs = clock.monotonicMs()
    if (faults.size >= maxKeys) {
      overflow(message, nowMs)
      return
    }
    faults.set(key, { message, sinceMs: nowMs, saidMs: nowMs, unsaid: 0, reports: 1 })
    logger.error(message, { fault: key, ...fields })
  }

  function overflow(message: string, nowMs: number): void {
    crowd.count++
    if (nowMs - crowd.saidMs < REPEAT_MS) return
    logger.error('Too many faults at the same time to name each', {
      named: maxKeys,
      further: crowd.count,
      last: message,
    })
    crowd.count = 0
    crowd.saidMs = nowMs
  }

  function repeat(key: string, fault: Fault, message: string, fields: LogFields | undefined): void {
    const nowMs = clock.monotonicMs()
    fault.reports++
    fault.unsaid++
    const isNew = fault.message !== message
    if (!isNew && nowMs - fault.saidMs < REPEAT_MS) return
    const count = isNew ? {} : { times: fault.unsaid, forSeconds: seconds(nowMs - fault.sinceMs) }
    fault.message = message
    fault.saidMs = nowMs
    fault.unsaid = 0
    logger.error(message, { fault: key, ...fields, ...count })
  }

  return {
    report(key, message, fields) {
      const fault = faults.get(key)
      if (fault === undefined) begin(key, message, fields)
      else repeat(key, fault, message, fields)
    },
    resolve(key) {
      const fault = faults.get(key)
      if (fault === undefined) return
      faults.delete(key)
      const lastedSeconds = seconds(clock.monotonicMs() - fault.sinceMs)
      logger.info('Works again', { fault: key, was: fault.message, times: fault.reports, lastedSeconds })
    },
    forget(key) {
      faults.delete(key)
    },
  }
}

const seconds = (ms: number): number => Math.round(ms / 1000)
