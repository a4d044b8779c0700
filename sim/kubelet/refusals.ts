import type { ServerResponse } from 'node:http'

const TEXTS = new Map([
  [401, 'Unauthorized'],
  [404, '404 page not found\n'],
  [500, 'Internal Error: failed to get node info: node not found'],
])

export function sendText(response: ServerResponse, status: number, text: string): void {
  const sniff = status === 404 ? { 'X-Content-Type-Options': 'nosniff' } : {}
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', ...sniff, 'Content-Length': Buffer.byteLength(text) }
  response.writeHead(status, headers)
  response.end(text)
}

export function forbiddenText(user: string, subresource: string): string {
  return `Forbidden (user=${user}, verb=get, resource=nodes, subresource(s)=[${subresource}])\n`
}

export function sendStatusFault(response: ServerResponse, status: number, user: string, subresource: string): void {
  const text = status === 403 ? forbiddenText(user, subresource) : (TEXTS.get(status) ?? `status ${status}\n`)
  sendText(response, status, text)
}
