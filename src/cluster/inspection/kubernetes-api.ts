import type * as k8s from '@kubernetes/client-node'
import type { V1APIServiceCondition, V2HorizontalPodAutoscalerCondition } from '@kubernetes/client-node'
import { UnusableError } from '../../files/text-file.ts'
import type { Condition, Reading, Trouble } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/log.ts'
import type { ApiClient } from '../client/api-client.ts'
import { ApiAnswerInvalid, ApiError, ApiUnreachable } from '../client/api-error.ts'

/** The typed clients of @kubernetes/client-node for what the doctor reads. */
export interface KubernetesApi {
  readonly version: k8s.VersionApi
  readonly core: k8s.CoreV1Api
  readonly discovery: k8s.DiscoveryV1Api
  readonly registration: k8s.ApiregistrationV1Api
  readonly authentication: k8s.AuthenticationV1Api
  readonly authorization: k8s.AuthorizationV1Api
  readonly autoscaling: k8s.AutoscalingV2Api
  readonly custom: k8s.CustomObjectsApi
  /** Options of a call whose answer is longer than a single object's. */
  upTo(maxBytes: number, accept?: string): k8s.ConfigurationOptions<k8s.ObservableMiddleware>
}

/** A single object, or a few. */
const OBJECT_BYTES = 8 * 2 ** 20
const PAGE_BYTES = 64 * 2 ** 20
/** A list without pages. A string of V8 holds less than 512 MiB. */
export const WHOLE_BYTES = 384 * 2 ** 20
const PAGE_SIZE = 500
/** Two million objects. */
const MOST_PAGES = 4000

/** client-node builds URLs with a server in front, of which only path and query are used. */
const ANY_SERVER = 'https://kubernetes.default.svc'

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  // Answers are JSON, as was asked for; client-node parses nothing that does not say so.
  const date = typeof headers.date === 'string' ? { date: headers.date } : {}
  return { ...date, 'content-type': 'application/json' }
}

/**
 * client-node's typed clients with the server's own client as their transport: the same credentials and renewal of them, proxies, rules for the
 * apiserver's certificate, kept-alive connections, retries, and limits of time and bytes. client-node's own transport reads answers
 * of any size and connects anew for each. Loaded here and not before, since the library costs 55 MB.
 */
export async function createKubernetesApi(client: ApiClient): Promise<KubernetesApi> {
  const library = await import('@kubernetes/client-node')
  const transport = (maxBytes: number): k8s.HttpLibrary => ({
    send(request) {
      const { pathname, searchParams } = new URL(request.getUrl())
      const body = request.getBody()
      const answered = client.request({
        method: request.getHttpMethod() === 'POST' ? 'POST' : 'GET',
        path: pathname,
        query: Object.fromEntries(searchParams),
        accept: request.getHeaders().Accept ?? 'application/json',
        ...(typeof body === 'string' && { body: JSON.parse(body) as unknown }),
        maxBytes,
      })
      return new library.Observable(
        answered.then(({ status, headers, body }) => {
          const text = () => Promise.resolve(body.toString('utf8'))
          const content = { text, binary: () => Promise.resolve(body), stream: () => null }
          return new library.ResponseContext(status, headersOf(headers), content)
        }),
      )
    },
  })
  const baseServer = new library.ServerConfiguration(ANY_SERVER, {})
  const configuration = library.createConfiguration({ baseServer, httpApi: transport(OBJECT_BYTES) })
  return {
    version: new library.VersionApi(configuration),
    core: new library.CoreV1Api(configuration),
    discovery: new library.DiscoveryV1Api(configuration),
    registration: new library.ApiregistrationV1Api(configuration),
    authentication: new library.AuthenticationV1Api(configuration),
    authorization: new library.AuthorizationV1Api(configuration),
    autoscaling: new library.AutoscalingV2Api(configuration),
    custom: new library.CustomObjectsApi(configuration),
    upTo(maxBytes, accept) {
      const options = { httpApi: transport(maxBytes) }
      return accept === undefined ? options : library.setHeaderOptions('Accept', accept, options)
    },
  }
}

const BY_STATUS = new Map<number, Trouble>([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'absent'],
])

/** Codes by which Node.js and OpenSSL say that a certificate is not accepted. */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH)/

function isAboutCertificate(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    if ('code' in current && typeof current.code === 'string' && CERTIFICATE.test(current.code)) return true
  }
  return false
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiError) return BY_STATUS.get(error.status) ?? 'unusable'
  if (error instanceof ApiUnreachable) return isAboutCertificate(error) ? 'untrusted' : 'unreachable'
  return error instanceof UnusableError ? 'unauthorized' : 'unusable'
}

/** JSON that is none is quoted by V8, and a TypeError names our own code: neither says anything of the cluster. */
function messageOf(error: unknown): string {
  const isOurs = error instanceof ApiError || error instanceof ApiUnreachable || error instanceof UnusableError
  if (isOurs || error instanceof ApiAnswerInvalid) return error.message
  const kind = error instanceof Error ? error.name : typeof error
  return `the answer is not what this API promises (${kind})`
}

/**
 * What `read` resolves with, or why it could not be had. `read` makes its request and picks from the answer what is needed: the
 * types are the API's promise, so whatever is thrown on the way is the fault of what answered.
 */
export async function readingOf<T>(read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { found: await read() }
  } catch (error) {
    return { trouble: troubleOf(error), message: oneLine(messageOf(error), 600) }
  }
}

interface PageOfObjects<T> {
  readonly items: readonly T[]
  readonly metadata?: k8s.V1ListMeta
}

/** What a call for a page is given. */
interface PageRequest {
  readonly limit?: number
  readonly _continue?: string
}

/**
 * Lists all objects page by page and keeps what `decode` picks of each; one without a result is left out. A snapshot that is
 * compacted away before its last page (410) is listed once more without pages, as client-go does (tools/pager/pager.go).
 * @throws ApiAnswerInvalid for a list that does not end, and whatever `list` throws.
 */
export async function listAll<T, R>(
  api: KubernetesApi,
  list: (page: PageRequest, options: k8s.ConfigurationOptions<k8s.ObservableMiddleware>) => Promise<PageOfObjects<T>>,
  { decode, accept }: { readonly decode: (object: T) => R | undefined; readonly accept?: string },
): Promise<R[]> {
  const decoded: R[] = []
  const append = ({ items, metadata }: PageOfObjects<T>): string | undefined => {
    // Go writes an empty list as null.
    for (const object of items ?? []) {
      const one = decode(object)
      if (one !== undefined) decoded.push(one)
    }
    return metadata?._continue || undefined
  }
  const options = api.upTo(PAGE_BYTES, accept)
  let next = append(await list({ limit: PAGE_SIZE }, options))
  for (let pages = 1; next !== undefined; pages++) {
    if (pages >= MOST_PAGES) throw new ApiAnswerInvalid('the list does not end')
    try {
      next = append(await list({ limit: PAGE_SIZE, _continue: next }, options))
    } catch (error) {
      if (!(error instanceof ApiError) || !error.expired) throw error
      decoded.length = 0
      append(await list({}, api.upTo(WHOLE_BYTES, accept)))
      return decoded
    }
  }
  return decoded
}

/** `status.conditions` of an object, as short printable texts. */
export function conditionsOf(
  conditions: readonly (V1APIServiceCondition | V2HorizontalPodAutoscalerCondition)[] | undefined,
): readonly Condition[] {
  return (conditions ?? []).map(({ type, status, reason = '', message = '' }) => ({
    type: oneLine(type, 60),
    status: oneLine(status, 20),
    reason: oneLine(reason, 100),
    message: oneLine(message, 500),
  }))
}
