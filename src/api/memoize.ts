/** A text that is longer is not memoized. */
const MAX_LENGTH = 512

/**
 * Makes the same of a text each time, and of one that came before at no cost: clients repeat themselves. What throws is
 * not memoized. All is forgotten once there are `max` texts, for it is not worth more to know which came last.
 */
export function memoize<T>(make: (text: string) => T, max: number): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const made = make(text)
    if (text.length > MAX_LENGTH) return made
    if (known.size >= max) known.clear()
    known.set(text, made)
    return made
  }
}
