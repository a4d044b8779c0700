/** Numbers from 0 (included) to 1 (excluded). */
export type Random = () => number

/** Seeded random numbers (mulberry32): the same seed gives the same cluster. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

/** The random end of a pod's name, of the letters that Kubernetes uses (k8s.io/apimachinery, pkg/util/rand). */
export function randomSuffix(random: Random, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += NAME_LETTERS[Math.floor(random() * NAME_LETTERS.length)]
  return text
}

/** A version 4 UUID. */
export function randomUid(random: Random): string {
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
}
