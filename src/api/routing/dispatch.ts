import { type Answer, NO_BODY, rawJsonAnswer } from '../answer.ts'
import { ApiError } from '../api-error.ts'
import type { Exchange } from '../exchange.ts'
import type { OpenApi } from '../openapi/openapi.ts'
import type { MetricsText, ResourceMetrics } from '../options.ts'
import type { Probes } from '../probes/probes.ts'
import { noSuchResource } from '../status.ts'
import { type ApiRoute, type PageName, routeOf } from './route.ts'

export interface Handlers {
  api(exchange: Exchange, route: ApiRoute): Answer | Promise<Answer>
  readonly probes: Probes
  readonly openApi: OpenApi
  readonly metrics: MetricsText
  readonly resourceMetrics: ResourceMetrics | undefined
  page(name: PageName, exchange: Exchange, paths: readonly string[]): Promise<Answer>
}

const FIXED_PATHS = [
  '/apis',
  '/apis/metrics.k8s.io',
  '/apis/metrics.k8s.io/v1beta1',
  '/flagz',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/statusz',
  '/version',
]

const RESOURCE_METRICS_PATH = '/metrics/resource'

/** For HEAD nothing is made that would only be thrown away. */
function streamed({ contentType, pieces }: ResourceMetrics, method: string): Answer {
  return { status: 200, contentType, body: method === 'HEAD' ? NO_BODY : { bytes: undefined, pieces: pieces() } }
}

/** Hands an admitted request to what answers its path. */
export function createDispatch({ api, probes, openApi, metrics, resourceMetrics, page }: Handlers) {
  const ofResources = resourceMetrics === undefined ? [] : [RESOURCE_METRICS_PATH]
  const paths = [...FIXED_PATHS, ...ofResources, ...probes.paths].sort()
  const index = (status: number): Answer => rawJsonAnswer(status, { paths })

  return async (exchange: Exchange): Promise<Answer> => {
    const route = routeOf(exchange.target.path)
    switch (route.kind) {
      case 'api':
        return api(exchange, route)
      case 'absent':
        throw new ApiError(noSuchResource())
      case 'probe':
        return probes.answer(route.endpoint, route.check, exchange.target.query) ?? index(404)
      case 'metrics':
        return { status: 200, contentType: metrics.contentType, body: Buffer.from(await metrics.text()) }
      case 'resource-metrics':
        return resourceMetrics === undefined ? index(404) : streamed(resourceMetrics, exchange.method)
      case 'page':
        return page(route.page, exchange, paths)
      case 'openapi-v2':
        return openApi.v2(exchange)
      case 'openapi-v3':
        return openApi.v3(exchange)
      case 'openapi-v3-group':
        return openApi.v3Group(exchange, route.group)
      default:
        return index(route.kind === 'index' ? 200 : 404)
    }
  }
}
