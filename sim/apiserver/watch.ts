import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '../../src/model/clock.ts'
import { expired } from './api-error.ts'
import { selectionOf } from './list.ts'
import type { Presentation } from './presentation.ts'
import type { Change, Registry, StoredObject } from './registry.ts'
import type { RequestInfo } from './request.ts'
import type { Resource } from './resources.ts'
import type { Matches } from './selectors.ts'

const BOOKMARK_MS = 10_000
const LONGEST_S = 1800

interface WatchSetup {
  readonly info: RequestInfo
  readonly resource: Resource
  readonly registry: Registry
  readonly presentation: Presentation
  readonly clock: Clock
  readonly response: ServerResponse
}

/** One watch: what happened since the resourceVersion asked for, and everything from now on, a line of JSON each. */
export class Watch {
  readonly #setup: WatchSetup
  readonly #selected: Matches
  readonly #timers = new Set<Timer>()
  #unsubscribe: () => void = () => {}
  /** Called once when it has ended, from whichever side. */
  onEnd: () => void = () => {}

  constructor(setup: WatchSetup) {
    this.#setup = setup
    this.#selected = selectionOf(setup.info)
  }

  start(): void {
    const { info, response, presentation, registry } = this.#setup
    const query = info.url.searchParams
    response.writeHead(200, { 'Content-Type': presentation.contentType, 'Cache-Control': 'no-cache, private' })
    response.flushHeaders()
    response.once('close', () => this.#ended())
    if (!this.#catchUp(query)) {
      // The watch cache answers 200 and says so in an event (k8s.io/apiserver, pkg/storage/cacher).
      this.#write(
        'ERROR',
        expired(`too old resource version: ${query.get('resourceVersion')} (${registry.version})`).status(),
      )
      response.end()
      return
    }
    this.#unsubscribe = registry.subscribe(info.resource, (change) => this.#tell(change))
    if (query.get('allowWatchBookmarks') === 'true') this.#bookmarkLater()
    const seconds = Math.min(Number(query.get('timeoutSeconds') ?? LONGEST_S) || LONGEST_S, LONGEST_S)
    this.#after(seconds * 1000, () => response.end())
  }

  /** Ends it as a broken connection does. */
  drop(): void {
    this.#setup.response.destroy()
  }

  /** Writes what the asker has not seen; false when that is no longer known. */
  #catchUp(query: URLSearchParams): boolean {
    const { info, registry } = this.#setup
    const version = query.get('resourceVersion') ?? ''
    const initial = query.get('sendInitialEvents') === 'true'
    if (initial || version === '' || version === '0') {
      const version = registry.version
      for (const object of registry.list(info.resource).filter(this.#selected)) this.#event('ADDED', object)
      if (initial) this.#bookmark(version, { 'k8s.io/initial-events-end': 'true' })
      return true
    }
    const changes = registry.changesSince(info.resource, Number(version))
    for (const change of changes ?? []) this.#tell(change)
    return changes !== undefined
  }

  /** An object that leaves the selection is deleted for this asker, one that enters it is added. */
  #tell({ type, object, before }: Change): void {
    const was = before !== undefined && this.#selected(before)
    const is = type !== 'DELETED' && this.#selected(object)
    if (is) this.#event(was ? 'MODIFIED' : 'ADDED', object)
    else if (was) this.#event('DELETED', object)
  }

  #event(type: Change['type'], object: StoredObject): void {
    this.#write(type, this.#setup.presentation.one(object))
  }

  #write(type: string, object: unknown): void {
    this.#setup.response.write(`${JSON.stringify({ type, object })}\n`)
  }

  #bookmarkLater(): void {
    this.#after(BOOKMARK_MS, () => {
      this.#bookmark(this.#setup.registry.version)
      this.#bookmarkLater()
    })
  }

  #bookmark(version: number, annotations?: Record<string, string>): void {
    const { resource, presentation } = this.#setup
    const metadata = { resourceVersion: String(version), creationTimestamp: null, ...(annotations && { annotations }) }
    const partial = presentation.contentType.includes('PartialObjectMetadata')
    const kind = partial ? 'PartialObjectMetadata' : resource.kind
    const apiVersion = partial ? 'meta.k8s.io/v1' : resource.version
    if (!presentation.contentType.includes('Table')) this.#write('BOOKMARK', { kind, apiVersion, metadata })
  }

  #after(ms: number, run: () => void): void {
    const timer = this.#setup.clock.after(ms, () => {
      this.#timers.delete(timer)
      run()
    })
    this.#timers.add(timer)
  }

  #ended(): void {
    this.#unsubscribe()
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    this.onEnd()
  }
}
