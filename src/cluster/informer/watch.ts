import type { KubernetesObject } from '@kubernetes/client-node'
import type { Clock } from '../../model/clock.ts'
import { read, unchecked } from '../api-object.ts'
import type { ApiClient, ApiQuery } from '../client/api-client.ts'
import { ApiAnswerInvalid, ApiUnreachable, errorOfEvent, parseAnswer } from '../client/api-error.ts'
import { DeadlineExceeded, startDeadline } from '../deadline.ts'
import { text } from '../json-value.ts'

const SHORTEST_S = 300
const LONGEST_S = 600
/** A watch is ended when it lasts this much longer than its timeoutSeconds, events or not. */
const GRACE_S = 30
/**
 * A watch without a line for so long is on a dead connection. kube-apiserver sends a bookmark about every minute, to
 * the second; from an apiserver that sends none, a collection without events costs one more watch each 100 s and no
 * list.
 */
const SILENCE_MS = 100_000

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: unknown
  /** Where to resume after this event. */
  readonly resourceVersion: string
}

/** A line of a watch as the API documents it (meta/v1, WatchEvent). */
interface RawWatchEvent {
  readonly type: string
  readonly object: KubernetesObject
}

interface WatchSource {
  readonly client: ApiClient
  readonly path: string
  readonly query: ApiQuery
  readonly accept: string
  readonly clock: Clock
  readonly random: () => number
}

interface WatchObserver {
  /** The apiserver has accepted the watch. */
  opened(): void
  event(event: WatchEvent): void
}

/**
 * One line of a watch as an event; `undefined` for a type that we do not know.
 * @throws ApiError for an ERROR event, ApiAnswerInvalid for what is no event.
 */
function parseWatchEvent(line: Buffer, path: string): WatchEvent | undefined {
  const event = unchecked<RawWatchEvent>(parseAnswer(line, `GET ${path} (watch)`))
  const type: unknown = read(event, 'type')
  const object: unknown = read(event, 'object')
  if (type === 'ERROR') throw errorOfEvent(object, `GET ${path}`, path)
  if (typeof type !== 'string' || typeof object !== 'object' || object === null) {
    throw new ApiAnswerInvalid(`GET ${path} (watch): a line is no event`)
  }
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK') return undefined
  const resourceVersion = text(read(event, 'object', 'metadata', 'resourceVersion'))
  if (resourceVersion === undefined) {
    throw new ApiAnswerInvalid(`GET ${path} (watch): an event has no resourceVersion`)
  }
  return { type, object, resourceVersion }
}

/**
 * Watches from `resourceVersion` until the apiserver ends the watch, which it does after the 5 to 10 minutes that it is
 * asked for (spread, as in client-go, so that watches do not all come back together), or until the connection is dead.
 * @throws as ApiClient.stream; an ERROR event as ApiError.
 */
export async function watchOnce(
  source: WatchSource,
  resourceVersion: string,
  observer: WatchObserver,
  signal: AbortSignal,
): Promise<void> {
  const { client, path, accept, clock } = source
  const timeoutSeconds = Math.round(SHORTEST_S + source.random() * (LONGEST_S - SHORTEST_S))
  const query = { ...source.query, watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds }
  const end = startDeadline({ clock, timeoutMs: (timeoutSeconds + GRACE_S) * 1000, signal })
  const silence = startDeadline({ clock, timeoutMs: SILENCE_MS, signal: end.signal })
  let opened = false
  try {
    const lines = await client.stream({ path, query, accept, signal: silence.signal })
    silence.restart()
    opened = true
    observer.opened()
    for await (const line of lines) {
      silence.restart()
      const event = parseWatchEvent(line, path)
      if (event !== undefined) observer.event(event)
    }
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error
    if (!opened) throw new ApiUnreachable(`GET ${path} (watch): ${error.message}`, { cause: error })
  } finally {
    silence.clear()
    end.clear()
  }
}
