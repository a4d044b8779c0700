/** Up to here a scan of the list is cheaper than an index; beyond, a hostile list must not cost its square. */
const SCANNED = 16

/** A list in which, of items under one name, the last stands in the place of the first. */
export interface NamedList<T> {
  put(item: T): void
  get(name: string): T | undefined
  readonly items: readonly T[]
}

export function createNamedList<T extends { readonly name: string }>(): NamedList<T> {
  const items: T[] = []
  let index: Map<string, number> | undefined
  const placeOf = (name: string): number | undefined => {
    if (items.length > SCANNED) {
      index ??= new Map(items.map((item, at) => [item.name, at]))
      return index.get(name)
    }
    for (let i = 0; i < items.length; i++) if (items[i]?.name === name) return i
    return undefined
  }
  return {
    items,
    get(name) {
      const place = placeOf(name)
      return place === undefined ? undefined : items[place]
    },
    put(item) {
      const place = placeOf(item.name)
      if (place !== undefined) items[place] = item
      else {
        index?.set(item.name, items.length)
        items.push(item)
      }
    },
  }
}
