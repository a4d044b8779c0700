import type { ServerResponse } from 'node:http'

/** Answers with a line of JSON; breaks the connection off when an answer has been begun. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  contentType = 'application/json',
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`)
  const type = { 'Cache-Control': 'no-cache, private', 'Content-Type': contentType, 'Content-Length': bytes.length }
  response.writeHead(status, type)
  response.end(bytes)
}
