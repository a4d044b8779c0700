import { type Answer, rawJsonAnswer } from '../answer.ts'
import { ApiError } from '../api-error.ts'
import type { Exchange } from '../exchange.ts'
import type { OpenApi } from '../openapi/openapi.ts'
import type { MetricsText } from '../options.ts'
import type { Probes } from '../probes/probes.ts'
import { noSuchResource } from '../status.ts'
import { type ApiRoute, routeOf } from './route.ts'

export interface Handlers {
  api(exchange: Exchange, route: ApiRoute): Answer | Promise<Answer>
  readonly probes: Probes
  readonly openApi: OpenApi
  readonly metrics: MetricsText
}

const FIXED_PATHS = [
  '/apis',
  '/apis/metrics.k8s.io',
  '/apis/metrics.k8s.io/v1beta1',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/version',
]

/** Hands an admitted request to what answers its path. */
export function createDispatch({ api, probes, openApi, metrics }: Handlers) {
  const paths = [...FIXED_PATHS, ...probes.paths].sort()
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
