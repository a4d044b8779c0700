import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

export const MIB = 1024 * 1024

/** Writes until the other side has had enough; gives how much went out. */
export async function pour(response: ServerResponse, piece: Buffer, total: number): Promise<number> {
  const ended = once(response, 'close')
  let poured = 0
  while (poured < total && !response.destroyed) {
    poured += piece.length
    if (response.write(piece)) continue
    const drained = Promise.withResolvers<void>()
    response.once('drain', drained.resolve)
    await Promise.race([drained.promise, ended])
  }
  return poured
}
