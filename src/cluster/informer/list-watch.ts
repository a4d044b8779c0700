import type { Clock, Timer } from '../../model/clock.ts'
import type { FaultLog, Logger } from '../../model/log.ts'
import type { ApiClient, ApiQuery } from '../client/api-client.ts'
import { ApiError, ApiUnreachable } from '../client/api-error.ts'
import { pause } from '../deadline.ts'
import { listAll } from './list.ts'
import { type WatchEvent, watchOnce } from './watch.ts'

const FIRST_MS = 800
const LONGEST_MS = 30_000
const FORGET_MS = 120_000

/**
 * How long to wait before trying again: from 0.8 s, twice as long each time, each stretched by a random factor of up to
 * two and never over 30 s, so that servers which lost the same apiserver do not come back together. It starts over when
 * the last wait was two minutes ago (the figures of client-go, tools/cache/reflector.go, but for the cap, which there
 * is stretched to a minute).
 */
interface Backoff {
  /** Milliseconds. */
  next(): number
}

export function createBackoff(clock: Clock, random: () => number): Backoff {
  let baseMs = FIRST_MS
  let lastEndMs = Number.NEGATIVE_INFINITY
  return {
    next() {
      if (clock.monotonicMs() - lastEndMs > FORGET_MS) baseMs = FIRST_MS
      const delayMs = baseMs * (1 + random())
      baseMs = Math.min(baseMs * 2, LONGEST_MS / 2)
      lastEndMs = clock.monotonicMs() + delayMs
      return delayMs
    },
  }
}

/** What each follower of a collection is given. */
export interface ListWatchParts {
  readonly client: ApiClient
  readonly clock: Clock
  /** From 0 up to, but not, 1. */
  readonly random: () => number
  readonly faults: FaultLog
  readonly log: Logger
}

interface ListWatchOptions<T> extends ListWatchParts {
  readonly path: string
  /** Selectors. */
  readonly query?: ApiQuery
  /** What to ask for in a list and in a watch; plain JSON when left out. */
  readonly accept?: { readonly list: string; readonly watch: string }
  /** `undefined` for an object to leave out. */
  readonly decode: (object: unknown) => T | undefined
  /** 500 when left out, client-go's. */
  readonly pageSize?: number
  /** Everything there is; what is not in it is gone. */
  readonly onReplace: (all: T[]) => void
  readonly onUpsert: (one: T) => void
  readonly onRemove: (one: T) => void
  /** For people, such as "nodes". */
  readonly name: string
}

/** Follows a collection of the apiserver for as long as it runs. */
interface ListWatch {
  start(): void
  /** Resolves when nothing more will be called. */
  stop(): Promise<void>
  /**
   * A whole list has been read since the start. It stays true while the apiserver is away, because what is known is
   * kept.
   */
  synced(): boolean
}

/**
 * A watch that was open for so long may be followed by the next at once, however it ended: balancers cut connections,
 * and apiservers end watches early. It is also the bound on watches that end by themselves: one a second.
 */
const LONG_ENOUGH_MS = 1000
/** A watch that has been open for so long has recovered from what broke those before it off. */
const STEADY_MS = 30_000
/** Statuses that refuse a watch for other reasons than its resource version: it is tried again without another list. */
const keepsPlace = (status: number): boolean => status === 401 || status === 403 || status === 429 || status >= 500

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What ended a watch that had been accepted: an ERROR event of whatever code, or a line that cannot be read. */
class WatchBroken extends Error {
  override readonly name = 'WatchBroken'
}

/** Whether another list is needed before the next watch. */
function losesPlace(error: unknown): boolean {
  // client-go lists again after any ERROR event; the same place would be answered with the same error.
  if (error instanceof WatchBroken) return true
  if (error instanceof ApiError) return error.expired || !keepsPlace(error.status)
  return !(error instanceof ApiUnreachable)
}

const isExpired = (error: unknown): boolean =>
  (error instanceof ApiError && error.expired) || (error instanceof WatchBroken && isExpired(error.cause))

/**
 * Lists a collection, watches it from there on, resumes where a watch ended, and lists again only when the apiserver no
 * longer knows the place or a watch ends with an error (client-go's Reflector, tools/cache/reflector.go). Faults are
 * reported under `watch <name>`; a connection that drops is none as long as the next one works.
 */
export function createListWatch<T>(options: ListWatchOptions<T>): ListWatch {
  const { client, path, query = {}, clock, random, faults, log, name, decode } = options
  const accept = options.accept ?? { list: 'application/json', watch: 'application/json' }
  const backoff = createBackoff(clock, random)
  const faultKey = `watch ${name}`
  let place: string | undefined
  let synced = false
  /** Errors broke watches off; that the apiserver accepts the next one does not yet mean recovery. */
  let broken = false
  let running: { readonly controller: AbortController; readonly done: Promise<void> } | undefined

  async function list(signal: AbortSignal): Promise<string> {
    const startMs = clock.monotonicMs()
    const source = { client, path, query, accept: accept.list, pageSize: options.pageSize ?? 500, decode }
    const { items, resourceVersion } = await listAll(source, signal)
    const tookMs = Math.round(clock.monotonicMs() - startMs)
    log.verbose(2, 'Listed objects', { what: name, count: items.length, tookMs })
    options.onReplace(items)
    synced = true
    return resourceVersion
  }

  function apply({ type, object, resourceVersion }: WatchEvent): void {
    const decoded = type === 'BOOKMARK' ? undefined : decode(object)
    if (decoded !== undefined) (type === 'DELETED' ? options.onRemove : options.onUpsert)(decoded)
    place = resourceVersion
  }

  /** Whether the next watch may begin at once. Throws what kept the watch from being accepted, or WatchBroken. */
  async function watch(from: string, signal: AbortSignal): Promise<boolean> {
    let openedMs: number | undefined
    let steady: Timer | undefined
    const observer = {
      opened() {
        openedMs = clock.monotonicMs()
        if (broken) steady = clock.after(STEADY_MS, recovered)
        else recovered()
      },
      event: apply,
    }
    try {
      await watchOnce({ client, path, query, accept: accept.watch, clock, random }, from, observer, signal)
    } catch (error) {
      if (openedMs === undefined || signal.aborted) throw error
      if (!(error instanceof ApiUnreachable)) throw new WatchBroken(messageOf(error), { cause: error })
      log.verbose(2, 'Watch broke off', { err: error.message, what: name })
    } finally {
      steady?.cancel()
    }
    return openedMs !== undefined && clock.monotonicMs() - openedMs >= LONG_ENOUGH_MS
  }

  function recovered(): void {
    broken = false
    faults.resolve(faultKey)
  }

  function note(error: unknown): void {
    const message = messageOf(error)
    if (isExpired(error)) log.verbose(2, 'Watch expired, listing again', { err: message, what: name })
    else {
      broken ||= error instanceof WatchBroken
      faults.report(faultKey, 'Cannot list or watch', { err: message, what: name, listed: synced })
    }
    if (losesPlace(error)) place = undefined
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        place ??= await list(signal)
        if (await watch(place, signal)) continue
      } catch (error) {
        if (signal.aborted) return
        note(error)
      }
      await pause(clock, backoff.next(), signal).catch(() => undefined)
    }
  }

  return {
    start() {
      if (running !== undefined) return
      const controller = new AbortController()
      running = { controller, done: run(controller.signal) }
    },
    async stop() {
      running?.controller.abort(new Error(`the watch of ${name} is stopped`))
      await running?.done
      running = undefined
      faults.forget(faultKey)
    },
    synced: () => synced,
  }
}
