/** Buffers for answers' bodies, used again: they lie outside the heap, and each new one hastens a full collection. */
export interface BodyPool {
  /** A buffer of at least `bytes`. What is in it is of no meaning. */
  take(bytes: number): Buffer
  /** Hands a buffer back; nobody may read it any more. One that is never handed back is collected like any other. */
  give(buffer: Buffer): void
}

const KEPT = 8
/** A kubelet with 110 pods answers with 270 KB; what is far larger is rare, and not worth holding. */
const LARGEST_KEPT_BYTES = 1024 * 1024
/** Sizes are rounded up to this, so that answers of about one size fit the same buffers. */
const STEP_BYTES = 32 * 1024

export function createBodyPool(): BodyPool {
  const free: Buffer[] = []
  return {
    take(bytes) {
      const fitting = free.findIndex((buffer) => buffer.length >= bytes)
      const [found] = fitting < 0 ? [] : free.splice(fitting, 1)
      return found ?? Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES)
    },
    give(buffer) {
      if (buffer.length === 0 || buffer.length > LARGEST_KEPT_BYTES) return
      free.push(buffer)
      // The oldest goes: sizes that are no longer asked for must not stay.
      if (free.length > KEPT) free.shift()
    },
  }
}
