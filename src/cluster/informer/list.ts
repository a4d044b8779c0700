import type { V1ListMeta } from '@kubernetes/client-node'
import { read, unchecked } from '../api-object.ts'
import type { ApiClient, ApiQuery } from '../client/api-client.ts'
import { ApiAnswerInvalid, ApiError, parseAnswer } from '../client/api-error.ts'
import { text } from '../json-value.ts'

const PAGE_BYTES = 64 * 2 ** 20
/** Without pages. A string of V8 holds less than 512 MiB. */
const WHOLE_BYTES = 384 * 2 ** 20
const MOST_OBJECTS = 2_000_000

interface ListSource<T> {
  readonly client: ApiClient
  readonly path: string
  readonly query: ApiQuery
  readonly accept: string
  readonly pageSize: number
  /** `undefined` for an object to leave out. */
  readonly decode: (object: unknown) => T | undefined
}

export interface Listed<T> {
  readonly items: T[]
  /** Where a watch begins that misses nothing. */
  readonly resourceVersion: string
}

/** Any list of the API; @kubernetes/client-node writes `_continue` for `continue`. */
interface ObjectList {
  readonly items: readonly unknown[]
  readonly metadata?: Pick<V1ListMeta, 'resourceVersion'> & { readonly continue?: string }
}

interface PageEnd {
  readonly resourceVersion: string
  readonly next: string | undefined
}

/**
 * Fetches a page and appends its objects, decoded. A function of its own, so that the page is garbage before the next
 * one comes.
 */
async function appendPage<T>(
  source: ListSource<T>,
  into: T[],
  page: { readonly limit?: number; readonly continue?: string | undefined },
  signal: AbortSignal,
): Promise<PageEnd> {
  const { client, path, accept } = source
  const maxBytes = page.limit === undefined ? WHOLE_BYTES : PAGE_BYTES
  const query = { ...source.query, ...page }
  const { body } = await client.request({ method: 'GET', path, query, accept, signal, maxBytes })
  const answer = unchecked<ObjectList>(parseAnswer(body, `GET ${path}`))
  const items: unknown = read(answer, 'items')
  const resourceVersion = text(read(answer, 'metadata', 'resourceVersion'))
  // Go writes a nil slice as null.
  if (!(Array.isArray(items) || items === null) || resourceVersion === undefined) {
    throw new ApiAnswerInvalid(`GET ${path}: the answer is no list`)
  }
  for (const item of items ?? []) {
    const decoded = source.decode(item)
    if (decoded !== undefined) into.push(decoded)
  }
  return { resourceVersion, next: text(read(answer, 'metadata', 'continue')) }
}

/**
 * Lists all objects, page by page.
 *
 * No resourceVersion is sent. With "0", as informers begin, the apiserver answers from its cache and ignores the limit:
 * 150,000 pods come as one body of several hundred MB, which would have to be held and parsed at once, and the cache of
 * one of several apiservers may be older than what we already know. Without one, the list is as of now; since 1.31 its
 * first page comes from the cache as well, and since 1.34 the others too (k8s.io/apiserver,
 * pkg/storage/cacher/delegator). One or two such lists in the life of this process weigh little.
 *
 * When the snapshot behind the pages is compacted away before the last page (410), everything is listed once more
 * without pages, as client-go's pager does (tools/pager/pager.go).
 */
export async function listAll<T>(source: ListSource<T>, signal: AbortSignal): Promise<Listed<T>> {
  let items: T[] = []
  const first = await appendPage(source, items, { limit: source.pageSize }, signal)
  for (let { next } = first; next !== undefined; ) {
    if (items.length > MOST_OBJECTS) throw new ApiAnswerInvalid(`GET ${source.path}: the list does not end`)
    try {
      const page = await appendPage(source, items, { limit: source.pageSize, continue: next }, signal)
      next = page.next
    } catch (error) {
      if (!(error instanceof ApiError) || !error.expired) throw error
      items = []
      const whole = await appendPage(source, items, {}, signal)
      return { items, resourceVersion: whole.resourceVersion }
    }
  }
  return { items, resourceVersion: first.resourceVersion }
}
