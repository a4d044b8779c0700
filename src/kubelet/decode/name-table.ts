/** Known names, found by comparing bytes: no string is made of a name that is looked at. */
export interface NameTable {
  /** The known name that is exactly the bytes from `start` to `end`, `undefined` when there is none. */
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
