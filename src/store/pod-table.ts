import type { NodeEntry } from './node-entry.ts'
import { PodEntry } from './pod-entry.ts'

/**
 * All pods by namespace and name. A pod that moved is reported by two nodes for a moment: its entries form a chain. A
 * map of maps, because a list of all pods looks every one up: making a text of two and hashing it would cost more than
 * all the rest.
 */
export class PodTable {
  readonly #first = new Map<string, Map<string, PodEntry>>()

  /** The first entry of a pod; further ones follow by `next`. */
  first(namespace: string, name: string): PodEntry | undefined {
    return this.#first.get(namespace)?.get(name)
  }

  /** The entry of a pod that this node reports. */
  of(namespace: string, name: string, node: NodeEntry): PodEntry | undefined {
    let entry = this.first(namespace, name)
    while (entry !== undefined && entry.node !== node) entry = entry.next
    return entry
  }

  /** The new entry comes last: that tells those who hold the one before it. */
  add(namespace: string, name: string, node: NodeEntry): PodEntry {
    const entry = new PodEntry(namespace, name, node)
    const names = this.#first.get(namespace) ?? new Map<string, PodEntry>()
    this.#first.set(namespace, names)
    let last = names.get(name)
    if (last === undefined) names.set(name, entry)
    else {
      while (last.next !== undefined) last = last.next
      last.next = entry
    }
    return entry
  }

  /** It has no answer from then on: that tells those who hold it. */
  remove(entry: PodEntry): void {
    entry.answer = undefined
    const { namespace, name } = entry
    const names = this.#first.get(namespace)
    const first = names?.get(name)
    if (names === undefined || first === undefined) return
    if (first !== entry) {
      for (let at: PodEntry | undefined = first; at !== undefined; at = at.next) {
        if (at.next === entry) at.next = entry.next
      }
    } else if (entry.next !== undefined) names.set(name, entry.next)
    else {
      names.delete(name)
      if (names.size === 0) this.#first.delete(namespace)
    }
  }
}
