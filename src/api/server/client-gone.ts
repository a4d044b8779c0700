import type { ServerResponse } from 'node:http'

/** Who was to get an answer is gone. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'

  constructor(options?: ErrorOptions) {
    super('the client is gone', options)
  }
}

/** One for all: it is made for each request that was reviewed, and nobody reads its stack. */
const GONE = new ClientGoneError()

/** Aborts when the client is gone, or has its answer. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  if (isGone(response)) controller.abort(GONE)
  else response.once('close', () => controller.abort(GONE))
  return controller.signal
}

interface Ending {
  readonly destroyed?: boolean
  readonly closed?: boolean
}

/** Whether nobody waits for an answer any more. Over HTTP/2 that is told by its stream, which a client can reset. */
export function isGone(response: ServerResponse): boolean {
  const { stream = response } = response as ServerResponse & { readonly stream?: Ending }
  return stream.destroyed === true || stream.closed === true
}
