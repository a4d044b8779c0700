/** What is sent at once, and what is held of an answer for a client that is slow to take it. More than that is compressed. */
export const BATCH_BYTES: number = 128 * 1024 + 1

/**
 * Gathers pieces into batches, all but the last of them full. Each stands in the same memory: the next one may be asked
 * for once this one is no longer needed.
 */
export function* batchesOf(pieces: Iterable<Buffer>, memory: Buffer): Generator<Buffer> {
  let filled = 0
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const copied = piece.copy(memory, filled, at)
      at += copied
      filled += copied
      if (filled < memory.length) continue
      yield memory
      filled = 0
    }
  }
  if (filled > 0) yield memory.subarray(0, filled)
}
