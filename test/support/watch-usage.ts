/** A watch, as the API wants it of the store, over what `sample` gives: one object as long as nothing has changed. */
export function watchOf<R, S extends object>(sample: (record: R) => S | undefined) {
  return (records: readonly R[]) => {
    const seen = new Map<number, S | undefined>()
    const sampleAt = (index: number) => {
      const record = records[index]
      return record === undefined ? undefined : sample(record)
    }
    return {
      changedFrom(index: number) {
        let at = index
        while (at < records.length && seen.has(at) && seen.get(at) === sampleAt(at)) at++
        return at
      },
      read(index: number) {
        const found = sampleAt(index)
        seen.set(index, found)
        return found
      },
    }
  }
}
