import type { Dispatcher } from 'undici'
import { ApiAnswerInvalid } from './api-error.ts'

/** Reads a whole body. @throws ApiAnswerInvalid, and drops the connection, when it has more than `maxBytes`. */
export async function readBody(body: Dispatcher.ResponseData['body'], maxBytes: number, name: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw new ApiAnswerInvalid(`${name}: the answer is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
