import type { PodSample } from '../model/sample.ts'
import { type NodeEntry, PodEntry } from './entries.ts'

/** Pods of one name that one node may report at the same time: a running one, and some that have ended. */
const MOST_TWINS = 8

/**
 * All pods by namespace and name. A pod that moved is reported by two nodes for a moment, and a node may report two pods
 * of one name, of which one has ended: entries of one name form a chain, the oldest first. A map of maps, because
 * building and hashing a combined key would be most of the cost of a list.
 */
export class PodTable {
  readonly #first = new Map<string, Map<string, PodEntry>>()

  /** The first entry of a pod; further ones follow by `next`. */
  first(namespace: string, name: string): PodEntry | undefined {
    return this.#first.get(namespace)?.get(name)
  }

  /**
   * The entry of a pod that this node reports, with this uid as far as both are known; made when there is none.
   * `undefined` when the node reports more pods of that name than can be.
   */
  entryOf(namespace: string, name: string, node: NodeEntry, uid: string | undefined): PodEntry | undefined {
    const known = this.find({ namespace, name, uid }, node)
    if (known !== undefined) return known
    let twins = 0
    for (let entry = this.first(namespace, name); entry !== undefined; entry = entry.next) {
      if (entry.node === node) twins++
    }
    return twins >= MOST_TWINS ? undefined : this.#add(namespace, name, node)
  }

  /** The entry of a pod that this node reports; `undefined` when there is none. */
  find({ namespace, name, uid }: Pick<PodSample, 'namespace' | 'name' | 'uid'>, node: NodeEntry): PodEntry | undefined {
    let entry = this.first(namespace, name)
    while (entry !== undefined && !(entry.node === node && entry.isOf(uid))) entry = entry.next
    return entry
  }

  /** Another node that has reported the same pod for longer; `undefined` when there is none. */
  earlierClaim(entry: PodEntry): NodeEntry | undefined {
    if (!entry.isShared || entry.uid === undefined) return undefined
    let other = this.first(entry.namespace, entry.name)
    if (other?.next === undefined) entry.isShared = false
    for (; other !== undefined && other !== entry; other = other.next) {
      if (other.node !== entry.node && other.uid === entry.uid && Number.isNaN(other.missingSinceMs)) return other.node
    }
    return undefined
  }

  /** Removes an entry; its `clock` becomes `undefined`, by which holders see that. */
  remove(entry: PodEntry): void {
    entry.clock = undefined
    const { namespace, name } = entry
    const names = this.#first.get(namespace)
    const first = names?.get(name)
    if (names === undefined || first === undefined) return
    if (first === entry) {
      if (entry.next !== undefined) names.set(name, entry.next)
      else names.delete(name)
      if (names.size === 0) this.#first.delete(namespace)
      return
    }
    let before = first
    while (before.next !== undefined && before.next !== entry) before = before.next
    before.next = entry.next
  }

  /** Adds an entry at the end of its chain; holders of the entry before it see that by `next`. */
  #add(namespace: string, name: string, node: NodeEntry): PodEntry {
    const entry = new PodEntry(namespace, name, node)
    const names = this.#first.get(namespace) ?? new Map<string, PodEntry>()
    this.#first.set(namespace, names)
    let last = names.get(name)
    if (last === undefined) {
      names.set(name, entry)
      return entry
    }
    while (last.next !== undefined) last = last.next
    last.next = entry
    entry.isShared = true
    return entry
  }
}
