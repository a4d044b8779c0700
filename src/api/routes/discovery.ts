import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type Answer, answerOf, NO_BODY, rawJsonAnswer } from '../answer.ts'
import { encodeDocument } from '../encoding/documents.ts'
import { pathEndpoint } from '../hooks/instrumentation.ts'
import { contextOf, type RequestContext } from '../hooks/request-context.ts'
import { type DiscoveryVersion, type Media, MEDIA_TYPES } from '../negotiation/media-type.ts'
import { type Endpoint, granted, negotiate, negotiationOf } from '../negotiation/negotiate.ts'
import type { VersionInfo } from '../options.ts'
import { firstHeader, isApiPath } from '../request/request-target.ts'
import { ApiError, noSuchResource, nothingAvailable, unsupportedMediaType } from '../status.ts'
import { anyMethod, getOnly } from './methods.ts'

const GROUP = 'metrics.k8s.io'
const VERSION = Object.freeze({ groupVersion: `${GROUP}/v1beta1`, version: 'v1beta1' })
const VERBS = Object.freeze(['get', 'list'])

const RESOURCES = [
  { name: 'nodes', kind: 'NodeMetrics', namespaced: false },
  { name: 'pods', kind: 'PodMetrics', namespaced: true },
] as const

const group = { name: GROUP, versions: [VERSION], preferredVersion: VERSION }

/** `/apis/metrics.k8s.io` */
const apiGroup = () => ({ kind: 'APIGroup', apiVersion: 'v1', ...group })

/** `/apis`. @param port that this server listens on, its own address being unknown to it. */
const apiGroupList = (port: number) => ({
  kind: 'APIGroupList',
  groups: [{ ...group, serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: `:${port}` }] }],
})

/** `/apis/metrics.k8s.io/v1beta1` */
const apiResourceList = () => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: VERSION.groupVersion,
  resources: RESOURCES.map(({ name, kind, namespaced }) => ({
    name,
    singularName: '',
    namespaced,
    kind,
    verbs: VERBS,
  })),
})

/** `/apis`, asked for aggregated discovery (k8s.io/api/apidiscovery): v2 and v2beta1 differ in their names only. */
const apiGroupDiscoveryList = (version: DiscoveryVersion) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: [
    {
      metadata: { name: GROUP, creationTimestamp: null },
      versions: [
        {
          version: VERSION.version,
          resources: RESOURCES.map(({ name, kind, namespaced }) => ({
            resource: name,
            responseKind: { group: '', version: '', kind },
            scope: namespaced ? 'Namespaced' : 'Cluster',
            singularResource: '',
            verbs: VERBS,
          })),
          freshness: 'Current',
        },
      ],
    },
  ],
})

interface Discovery {
  groups(media: Media): Answer
  /** All groups with their resources; 304 when the client has them already. */
  aggregated(version: DiscoveryVersion, media: Media, ifNoneMatch: string | undefined): Answer
  group(media: Media): Answer
  resources(media: Media): Answer
  version(): Answer
}

const withEtag = <T extends object>(document: T) => ({
  document,
  etag: `"${createHash('sha512').update(JSON.stringify(document)).digest('hex').toUpperCase()}"`,
})

/**
 * The documents that list what is served.
 * @param port that the server listens on, called when needed.
 */
export function createDiscovery(version: VersionInfo, port: () => number): Discovery {
  const aggregated = { v2: withEtag(apiGroupDiscoveryList('v2')), v2beta1: withEtag(apiGroupDiscoveryList('v2beta1')) }
  return {
    groups: (media) => answerOf(encodeDocument('APIGroupList', apiGroupList(port()), media)),
    aggregated(version, media, ifNoneMatch) {
      const { document, etag } = aggregated[version]
      const headers = { etag, vary: 'Accept', 'cache-control': 'public' }
      if (ifNoneMatch === etag) return { status: 304, body: NO_BODY, headers }
      return answerOf(encodeDocument('APIGroupDiscoveryList', document, media), headers)
    },
    group: (media) => answerOf(encodeDocument('APIGroup', apiGroup(), media)),
    resources: (media) => answerOf(encodeDocument('APIResourceList', apiResourceList(), media)),
    version: () => rawJsonAnswer(200, version),
  }
}

const essence = (mediaType: string): string => (mediaType.split(';', 1)[0] ?? '').trim()

/**
 * Refuses a request for the type of its (unwanted) body, before its Accept header counts (go-restful,
 * RouterJSR311.detectRoute).
 * @param consumes content types that a body may have.
 * @throws ApiError 415 or 406.
 */
function checkBodyType({ headers }: RequestContext, consumes: readonly string[]): void {
  const { 'content-type': contentType = '', 'content-length': contentLength = 0 } = headers
  if (contentType === '' || contentType.split(',').some((one) => consumes.includes(essence(one)))) return
  // Without a body go-restful goes on with no route left, and then names nothing as available.
  throw new ApiError(Number(contentLength) > 0 ? unsupportedMediaType() : nothingAvailable())
}

/** The documents that list what is served. */
export function discoveryRoutes(app: FastifyInstance, discovery: Discovery): void {
  function document(
    url: string,
    endpoint: Endpoint,
    consumes: readonly string[],
    make: (media: Media) => Answer,
  ): void {
    getOnly(app, url, pathEndpoint(url), (request, reply) => {
      const context = contextOf(request)
      checkBodyType(context, consumes)
      const { media, discovery: version } = granted(negotiate(negotiationOf(context), endpoint))
      if (version === undefined) reply.answer(make(media))
      else reply.answer(discovery.aggregated(version, media, firstHeader(context.rawHeaders, 'if-none-match')))
    })
  }
  document('/apis', 'groups', MEDIA_TYPES, discovery.groups)
  document('/apis/metrics.k8s.io', 'document', MEDIA_TYPES, discovery.group)
  document('/apis/metrics.k8s.io/v1beta1', 'document', MEDIA_TYPES, discovery.resources)
  document('/version', 'version', ['application/json'], discovery.version)
}

/** The list of paths, which is what the Go server answers for its root and, with 404, for every path that is not served. */
export function pathIndex(app: FastifyInstance, paths: readonly string[]): void {
  for (const url of ['/', '/index.html']) {
    anyMethod(app, url, (_request, reply) => reply.answer(rawJsonAnswer(200, { paths })), '/')
  }
  app.setNotFoundHandler((request, reply) => {
    if (isApiPath(contextOf(request).target.path)) throw new ApiError(noSuchResource())
    reply.answer(rawJsonAnswer(404, { paths }))
  })
}
