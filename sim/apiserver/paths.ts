import type { ServerResponse } from 'node:http'
import type { Aggregator } from './aggregation/aggregator.ts'
import { unknownPath } from './api-error.ts'
import { discover } from './discovery.ts'
import { KUBELET_VERSION } from './objects.ts'
import { openApi } from './openapi.ts'
import type { RequestInfo } from './request.ts'
import { sendJson } from './send.ts'

const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: KUBELET_VERSION,
  gitCommit: 'simulated',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: 'linux/amd64',
}

/** Answers what is no resource: probes, version, discovery, OpenAPI. */
export async function answerPath(
  info: RequestInfo,
  accept: string,
  response: ServerResponse,
  aggregator: Aggregator,
): Promise<void> {
  const path = info.url.pathname.replace(/(.)\/$/, '$1')
  if (/^\/(healthz|livez|readyz)$/.test(path)) {
    response.end('ok')
    return
  }
  if (path === '/version') return sendJson(response, 200, VERSION)
  const found = discover(path, accept, aggregator.registered, aggregator.discovery)
  if (found !== undefined) return sendJson(response, 200, found.body, found.contentType)
  const document = path.startsWith('/openapi/') ? await openApi(path, accept, aggregator) : undefined
  if (document === undefined) throw unknownPath()
  response.writeHead(200, { 'Content-Type': document.contentType }).end(document.body)
}
