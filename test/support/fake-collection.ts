import type { ServerResponse } from 'node:http'
import { fail, type Handler, type ReceivedRequest, respond } from './fake-answers.ts'

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly [more: string]: unknown
}

export interface FakeObject {
  readonly metadata: Metadata
  readonly [more: string]: unknown
}

interface LoggedEvent {
  readonly version: number
  readonly line: string
}

/** Objects with resource versions, and everything that happened to them since the last compaction. */
export interface FakeCollection {
  readonly handler: Handler
  /** Sets what there is without telling the watches, as if it had been so before. */
  seed(objects: readonly FakeObject[]): void
  put(object: FakeObject): void
  delete(name: string, namespace?: string): void
  bookmark(): void
  /** Raises the version as objects of other kinds do. */
  tick(): void
  /** Forgets the past: older versions and continue tokens are answered 410 from now on. */
  compact(): void
  /** Ends the open watches, in order or by cutting the connection. */
  endWatches(how: 'close' | 'cut'): void
  /** Sends a line to the open watches as it is. */
  sendRaw(line: string): void
  readonly openWatches: number
}

const keyOf = (name: string, namespace = ''): string => `${namespace}/${name}`
const expired = fail(410, 'Expired', 'The provided continue parameter is too old')

export function createFakeCollection(kind: string): FakeCollection {
  const objects = new Map<string, FakeObject>()
  const watches = new Set<ServerResponse>()
  let version = 100
  let compactedAt = 0
  let past: LoggedEvent[] = []

  const stamp = (object: FakeObject): FakeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(version) },
  })
  const tell = (type: string, object: unknown) => {
    const line = `${JSON.stringify({ type, object })}\n`
    past.push({ version, line })
    for (const watch of watches) watch.write(line)
  }
  const sorted = () => [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)

  function list(query: URLSearchParams, response: ServerResponse): void {
    const [at, from] = (query.get('continue') ?? `${version}:0`).split(':').map(Number)
    if (at === undefined || from === undefined || at < compactedAt) {
      expired({} as ReceivedRequest, response)
      return
    }
    const all = sorted()
    const to = query.has('limit') ? from + Number(query.get('limit')) : all.length
    const next = to < all.length ? { continue: `${at}:${to}` } : {}
    const metadata = { resourceVersion: String(at), ...next }
    respond(response, 200, { kind: `${kind}List`, apiVersion: 'v1', metadata, items: all.slice(from, to) })
  }
  function watch(query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (from < compactedAt) {
      const object = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410, message: 'too old' }
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
      return
    }
    for (const event of past) if (event.version > from) response.write(event.line)
    watches.add(response)
    response.on('close', () => watches.delete(response))
  }

  return {
    handler: ({ query }, response) => (query.has('watch') ? watch : list)(query, response),
    seed(all) {
      objects.clear()
      for (const object of all) objects.set(keyOf(object.metadata.name, object.metadata.namespace), stamp(object))
    },
    put(object) {
      version++
      const key = keyOf(object.metadata.name, object.metadata.namespace)
      const type = objects.has(key) ? 'MODIFIED' : 'ADDED'
      objects.set(key, stamp(object))
      tell(type, objects.get(key))
    },
    delete(name, namespace) {
      version++
      const gone = objects.get(keyOf(name, namespace))
      objects.delete(keyOf(name, namespace))
      if (gone !== undefined) tell('DELETED', stamp(gone))
    },
    bookmark: () => tell('BOOKMARK', { kind, metadata: { resourceVersion: String(version) } }),
    tick() {
      version++
    },
    compact() {
      version++
      compactedAt = version
      past = []
    },
    endWatches(how) {
      for (const open of watches) {
        if (how === 'close') open.end()
        else open.socket?.destroy()
      }
    },
    sendRaw(line) {
      for (const open of watches) open.write(line)
    },
    get openWatches() {
      return watches.size
    },
  }
}
