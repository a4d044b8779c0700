/** A Kubernetes object as the apiserver keeps it. Never changed once it is kept: a change puts a new object. */
export interface StoredObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly creationTimestamp: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly resourceVersion?: string
  readonly [field: string]: unknown
}

/** One step of a resource's history. `before` is the object as it was, if it was. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly version: number
  readonly object: StoredObject
  readonly before: StoredObject | undefined
}

const HISTORY = 5000

class Collection {
  readonly objects = new Map<string, StoredObject>()
  readonly listeners = new Set<(change: Change) => void>()
  history: Change[] = []
  /** Watches can be resumed from here. */
  oldestVersion: number
  #sorted: StoredObject[] | undefined

  constructor(version: number) {
    this.oldestVersion = version
  }

  get sorted(): readonly StoredObject[] {
    this.#sorted ??= [...this.objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
    return this.#sorted
  }

  record(change: Change): void {
    this.#sorted = undefined
    this.history.push(change)
    if (this.history.length > 2 * HISTORY) {
      const dropped = this.history.splice(0, HISTORY)
      this.oldestVersion = dropped.at(-1)?.version ?? this.oldestVersion
    }
    for (const listener of this.listeners) listener(change)
  }
}

/** The key by which objects are ordered and continued: namespace and name. */
export const keyOf = (meta: { readonly namespace?: string; readonly name: string }): string =>
  `${meta.namespace ?? ''}/${meta.name}`

/** Objects of all resources, with one resourceVersion over all of them and a bounded history, as etcd and watch cache. */
export class Registry {
  readonly #collections = new Map<string, Collection>()
  #version = 1000

  get version(): number {
    return this.#version
  }

  list(resource: string): readonly StoredObject[] {
    return this.#collection(resource).sorted
  }

  get(resource: string, key: string): StoredObject | undefined {
    return this.#collection(resource).objects.get(key)
  }

  /** Keeps an object under a new resourceVersion, unless it is what is kept already. */
  put(resource: string, object: StoredObject): void {
    const collection = this.#collection(resource)
    const key = keyOf(object.metadata)
    const before = collection.objects.get(key)
    if (
      before !== undefined &&
      JSON.stringify(stamp(object, before.metadata.resourceVersion)) === JSON.stringify(before)
    )
      return
    const stored = stamp(object, String(++this.#version))
    collection.objects.set(key, stored)
    collection.record({ type: before ? 'MODIFIED' : 'ADDED', version: this.#version, object: stored, before })
  }

  delete(resource: string, key: string): void {
    const collection = this.#collection(resource)
    const before = collection.objects.get(key)
    if (before === undefined) return
    collection.objects.delete(key)
    const object = stamp(before, String(++this.#version))
    collection.record({ type: 'DELETED', version: this.#version, object, before })
  }

  /** What happened after `version`; `undefined` when that is too long ago to know. */
  changesSince(resource: string, version: number): readonly Change[] | undefined {
    const collection = this.#collection(resource)
    return version < collection.oldestVersion
      ? undefined
      : collection.history.filter((change) => change.version > version)
  }

  /** Whether a list begun at `version` may still be continued. */
  remembers(resource: string, version: number): boolean {
    return version >= this.#collection(resource).oldestVersion
  }

  subscribe(resource: string, listener: (change: Change) => void): () => void {
    const { listeners } = this.#collection(resource)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /** Forgets all history, as etcd's compaction does: what is older than now is answered with 410. */
  compact(): void {
    this.#version++
    for (const collection of this.#collections.values()) {
      collection.history = []
      collection.oldestVersion = this.#version
    }
  }

  #collection(resource: string): Collection {
    let collection = this.#collections.get(resource)
    if (collection === undefined) {
      collection = new Collection(this.#version)
      this.#collections.set(resource, collection)
    }
    return collection
  }
}

function stamp(object: StoredObject, resourceVersion: string | undefined): StoredObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: resourceVersion ?? '' } }
}
