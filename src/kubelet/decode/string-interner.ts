/** Longer strings are no names and are not interned. */
const LONGEST = 256
const LEAST_SLOTS = 1024
/** A string without a slot after so many probes is not kept, so that names made to collide cost no more than others. */
const MOST_PROBES = 16
const NO_SLOT = -1
/** The approximate bound of a generation: the names of several hundred thousand pods. */
const MOST_BYTES = 48 * 2 ** 20
/** The average number of lookups of a string before a generation ends. */
const LOOKUPS_EACH = 10
/** The cost of a string besides its characters, with its slot. */
const STRING_BYTES = 48

/**
 * Strings in the order of their first lookup, so that those of one response lie together in memory, and a hash table: for
 * each slot the hash, and the number of the string counted from 1 (0: the slot is free).
 */
interface Generation {
  readonly strings: string[]
  /** A power of two of slots, at most half of them used. */
  table: Int32Array
  /** The approximate size of the strings. */
  bytes: number
}

const emptyGeneration = (slots: number): Generation => ({ strings: [], table: new Int32Array(2 * slots), bytes: 0 })

/**
 * Returns the same string for the same bytes, so that names in responses are looked up instead of allocated each time. Of
 * two generations the older is dropped every so often, or when the younger is full, which forgets unused strings: nodes
 * that send new names each time cost time, not memory.
 */
export class StringInterner {
  #young = emptyGeneration(LEAST_SLOTS)
  #old = emptyGeneration(LEAST_SLOTS)
  #lookups = 0

  /** The number of strings; those in both generations count twice. */
  get size(): number {
    return this.#young.strings.length + this.#old.strings.length
  }

  /** The string of the ASCII bytes from `start` to `end`. */
  intern(bytes: Buffer, start: number, end: number): string {
    if (end - start > LONGEST) return bytes.toString('latin1', start, end)
    // Each string in use is looked up at least once in a scrape cycle, and names of containers far more often.
    const isDue = ++this.#lookups > LOOKUPS_EACH * (this.#young.strings.length + LEAST_SLOTS)
    if (isDue || this.#young.bytes > MOST_BYTES) this.#turn()
    const hash = hashOf(bytes, start, end)
    const slot = slotOf(this.#young, hash, bytes, start, end)
    const known = stringAt(this.#young, slot)
    if (known !== undefined) return known
    const old = this.#old
    const text = stringAt(old, slotOf(old, hash, bytes, start, end)) ?? bytes.toString('latin1', start, end)
    if (slot !== NO_SLOT) this.#keep(slot, hash, text)
    return text
  }

  #keep(slot: number, hash: number, text: string): void {
    const young = this.#young
    young.strings.push(text)
    young.table[slot] = hash
    young.table[slot + 1] = young.strings.length
    young.bytes += text.length + STRING_BYTES
    if (young.strings.length * 4 > young.table.length) young.table = grown(young.table)
  }

  #turn(): void {
    this.#old = this.#young
    // As many slots as the strings in use need.
    let slots = LEAST_SLOTS
    while (slots < 2 * this.#old.strings.length) slots *= 2
    this.#young = emptyGeneration(slots)
    this.#lookups = 0
  }
}

/** FNV-1a. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = -2_128_831_035
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 16_777_619)
  return hash
}

/** The slot of the string, or the free one for it; {@link NO_SLOT} when there is none. */
function slotOf({ strings, table }: Generation, hash: number, bytes: Buffer, start: number, end: number): number {
  const mask = table.length - 1
  for (let probe = 0; probe < MOST_PROBES; probe++) {
    const slot = (2 * (hash + probe)) & mask
    const number = table[slot + 1] as number
    if (number === 0) return slot
    if (table[slot] === hash && isSame(strings[number - 1] as string, bytes, start, end)) return slot
  }
  return NO_SLOT
}

function stringAt({ strings, table }: Generation, slot: number): string | undefined {
  const number = slot === NO_SLOT ? 0 : (table[slot + 1] as number)
  return number === 0 ? undefined : strings[number - 1]
}

function isSame(text: string, bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

/** The table with twice the slots. A string that finds no slot in it is allocated again at its next lookup. */
function grown(from: Int32Array): Int32Array {
  const into = new Int32Array(2 * from.length)
  const mask = into.length - 1
  for (let i = 0; i < from.length; i += 2) {
    const hash = from[i] as number
    for (let probe = 0; from[i + 1] !== 0 && probe < MOST_PROBES; probe++) {
      const slot = (2 * (hash + probe)) & mask
      if (into[slot + 1] !== 0) continue
      into[slot] = hash
      into[slot + 1] = from[i + 1] as number
      break
    }
  }
  return into
}

/** Known names, found by comparing bytes, so that no string is allocated. */
export interface NameTable {
  /** The known name that equals the bytes from `start` to `end`, `undefined` when there is none. */
  match(bytes: Buffer, start: number, end: number): string | undefined
  has(name: string): boolean
}

interface Known {
  readonly name: string
  readonly bytes: Buffer
}

function sameBytes(known: Buffer, bytes: Buffer, start: number): boolean {
  for (let i = known.length - 1; i >= 0; i--) if (known[i] !== bytes[start + i]) return false
  return true
}

export function createNameTable(names: readonly string[]): NameTable {
  const all = new Set(names)
  const longest = Math.max(...names.map((name) => name.length))
  const byLength: Known[][] = Array.from({ length: longest + 1 }, () => [])
  for (const name of names) byLength[name.length]?.push({ name, bytes: Buffer.from(name, 'latin1') })
  return {
    match(bytes, start, end) {
      const length = end - start
      if (length > longest) return undefined
      const candidates = byLength[length] ?? []
      for (let i = 0; i < candidates.length; i++) {
        const known = candidates[i]
        if (known !== undefined && sameBytes(known.bytes, bytes, start)) return known.name
      }
      return undefined
    },
    has: (name) => all.has(name),
  }
}
