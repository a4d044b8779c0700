/** A watch, as the API wants it of the store, over what `sample` gives: one object as long as nothing has changed. */
export function watchOf<R, S extends object>(sample: (record: R) => S | undefined) {
  return (records: readonly R[]) => {
    const seen = new Map<number, S | undefined>()
    const sampleAt = (place: number) => {
      const record = records[place]
      return record === undefined ? undefined : sample(record)
    }
    return {
      changedFrom(place: number) {
        let at = place
        while (at < records.length && seen.has(at) && seen.get(at) === sampleAt(at)) at++
        return at
      },
      look(place: number) {
        const found = sampleAt(place)
        seen.set(place, found)
        return found
      },
    }
  }
}
