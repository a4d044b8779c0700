import { PodEntry } from './pod-entry.ts'

/** Kubernetes names hold no slash. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

/** All pods by namespace and name. A pod that moved is reported by two nodes for a moment: its entries form a chain. */
export class PodTable {
  readonly #first = new Map<string, PodEntry>()

  /** The first entry under a key; further ones follow by `next`. */
  first(key: string): PodEntry | undefined {
    return this.#first.get(key)
  }

  add(key: string): PodEntry {
    const entry = new PodEntry(key)
    entry.next = this.#first.get(key)
    this.#first.set(key, entry)
    return entry
  }

  remove(entry: PodEntry): void {
    const first = this.#first.get(entry.key)
    if (first === entry) {
      if (entry.next === undefined) this.#first.delete(entry.key)
      else this.#first.set(entry.key, entry.next)
      return
    }
    for (let at = first; at !== undefined; at = at.next) if (at.next === entry) at.next = entry.next
  }
}
