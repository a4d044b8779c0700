import type { Clock } from '../model/clock.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import type { ApiClient, ApiQuery } from './api-client.ts'
import { ApiError, ApiUnreachable } from './api-error.ts'
import { createBackoff } from './backoff.ts'
import { pause } from './deadline.ts'
import { listAll } from './list-pages.ts'
import { type WatchEvent, watchOnce } from './watch-once.ts'

export interface ListWatchOptions<T> {
  readonly client: ApiClient
  readonly path: string
  /** Selectors. */
  readonly query?: ApiQuery
  /** What to ask for in a list and in a watch; plain JSON when left out. */
  readonly accept?: { readonly list: string; readonly watch: string }
  /** `undefined` for an object that is none of ours. */
  readonly decode: (object: unknown) => T | undefined
  /** 500 when left out, client-go's. */
  readonly pageSize?: number
  /** Everything there is; what is not in it is gone. */
  readonly onReplace: (all: T[]) => void
  readonly onUpsert: (one: T) => void
  readonly onRemove: (one: T) => void
  readonly clock: Clock
  /** From 0 up to, but not, 1. */
  readonly random: () => number
  readonly faults: FaultLog
  readonly log: Logger
  /** For people, such as "nodes". */
  readonly name: string
}

/** Follows a collection of the apiserver for as long as it runs. */
export interface ListWatch {
  start(): void
  /** Resolves when nothing more will be called. */
  stop(): Promise<void>
  /** A whole list has been had since the start. It stays true while the apiserver is away: what was known is kept. */
  synced(): boolean
}

/** A watch that ended this soon without an event is a fault, and not an end to go on from at once. */
const VERY_SHORT_MS = 1000
/** Statuses that say nothing against the resource version: the same watch is tried again, without another list. */
const keepsPlace = (status: number): boolean => status === 401 || status === 403 || status === 429 || status >= 500

/** Whether another list is needed before the next watch. */
function losesPlace(error: unknown): boolean {
  if (error instanceof ApiUnreachable) return false
  if (error instanceof ApiError) return error.expired || !keepsPlace(error.status)
  // An event that cannot be read may be one that was missed.
  return true
}

/**
 * Lists a collection, watches it from there on, resumes where a watch ended, and lists again only when the apiserver no
 * longer knows the place (client-go's Reflector, tools/cache/reflector.go). Faults are reported under `watch <name>`; a
 * connection that drops is none as long as the next one works.
 */
export function createListWatch<T>(options: ListWatchOptions<T>): ListWatch {
  const { client, path, query = {}, clock, random, faults, log, name, decode } = options
  const accept = options.accept ?? { list: 'application/json', watch: 'application/json' }
  const backoff = createBackoff(clock, random)
  const faultKey = `watch ${name}`
  let place: string | undefined
  let synced = false
  let running: { readonly controller: AbortController; readonly done: Promise<void> } | undefined

  async function list(signal: AbortSignal): Promise<string> {
    const startMs = clock.monotonicMs()
    const source = { client, path, query, accept: accept.list, pageSize: options.pageSize ?? 500, decode }
    const { items, resourceVersion } = await listAll(source, signal)
    const tookMs = Math.round(clock.monotonicMs() - startMs)
    log.verbose(2, 'Listed', { what: name, count: items.length, tookMs })
    options.onReplace(items)
    synced = true
    return resourceVersion
  }

  function apply({ type, object, resourceVersion }: WatchEvent): void {
    const decoded = type === 'BOOKMARK' ? undefined : decode(object)
    if (decoded !== undefined) (type === 'DELETED' ? options.onRemove : options.onUpsert)(decoded)
    place = resourceVersion
  }

  /** Whether the watch ended as watches do; a failure before it was accepted, or one that it told of, is thrown. */
  async function watch(from: string, signal: AbortSignal): Promise<boolean> {
    const startMs = clock.monotonicMs()
    let opened = false
    let events = 0
    const observer = {
      opened() {
        opened = true
        faults.resolve(faultKey)
      },
      event(event: WatchEvent) {
        events++
        apply(event)
      },
    }
    try {
      await watchOnce({ client, path, query, accept: accept.watch, clock, random }, from, observer, signal)
    } catch (error) {
      if (!(opened && error instanceof ApiUnreachable)) throw error
      log.verbose(2, 'Watch broke off', { what: name, cause: error.message })
      return false
    }
    return events > 0 || clock.monotonicMs() - startMs >= VERY_SHORT_MS
  }

  function note(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof ApiError && error.expired) log.verbose(2, 'Place lost, listing again', { what: name, message })
    else faults.report(faultKey, message, { what: name, listed: synced })
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
