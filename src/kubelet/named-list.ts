/** Up to here a scan of the list is cheaper than an index; beyond, a hostile list must not cost its square. */
const SCANNED = 16

/** A list in which, of items under one name, the last stands in the place of the first. */
export class NamedList<T extends { readonly name: string }> {
  readonly items: T[] = []
  #index: Map<string, number> | undefined

  get(name: string): T | undefined {
    const place = this.#placeOf(name)
    return place < 0 ? undefined : this.items[place]
  }

  put(item: T): void {
    const place = this.#placeOf(item.name)
    if (place >= 0) {
      this.items[place] = item
      return
    }
    this.#index?.set(item.name, this.items.length)
    this.items.push(item)
  }

  #placeOf(name: string): number {
    const { items } = this
    if (items.length > SCANNED) {
      this.#index ??= new Map(items.map((item, at) => [item.name, at]))
      return this.#index.get(name) ?? -1
    }
    for (let i = 0; i < items.length; i++) if (items[i]?.name === name) return i
    return -1
  }
}
