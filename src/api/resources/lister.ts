import type { Clock } from '../../model/clock.ts'
import type { Encoded, EncodedChunks } from '../answer.ts'
import { type ListFormat, type ListMeta, WHOLE_LIST } from '../encoding/list-format.ts'
import type { KindEncoder } from '../encoding/metrics-encoder.ts'
import type { MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'
import { CHUNK_OBJECTS, type Chunk, type ListChunkCache } from '../lists/chunk-cache.ts'
import {
  type ChunkFrom,
  pageList,
  pageOf,
  type Section,
  selectedItems,
  selectedList,
  wholeList,
} from '../lists/list-chunks.ts'
import { createServedCounts } from '../lists/served-counts.ts'
import type { Media } from '../negotiation/media-type.ts'
import { encodeContinue, type ListPosition, type PageRequest, positionAfter } from '../request/continue-token.ts'
import type { Selectable, Selection } from '../request/list-options.ts'

/** Told the age of what is served. */
export interface FreshnessObserver {
  /** @param timestampsMs when it was measured, milliseconds since the epoch; NaN for what is not served after all. */
  served(timestampsMs: readonly number[]): void
}

/** Tells of the objects in chunks as they go by. */
function* observed(chunks: Iterable<Chunk>, { served }: FreshnessObserver): Generator<Chunk> {
  for (const chunk of chunks) {
    served(chunk.timestampsMs)
    yield chunk
  }
}

/** What is listed, and how. */
export interface ListRequest {
  readonly selection: Selection
  readonly media: Media
  /** `undefined` for the whole list. */
  readonly page: PageRequest | undefined
}

export interface ListerParts<R extends MetricsRecord, S extends MetricsSample> {
  readonly usage: (record: R) => S | undefined
  readonly encoder: KindEncoder<R, S>
  readonly chunks: ListChunkCache<R, S>
  readonly freshness: FreshnessObserver
  readonly clock: Pick<Clock, 'monotonicMs'>
}

/** The objects of a list from a position on, found without looking at those before it; those without known use among them. */
export type SectionsFrom<R> = (from: ListPosition | undefined) => Iterable<Section<R>>

/** Makes lists and pages of them; objects without known use are left out. */
export type Lister<R> = (sections: SectionsFrom<R>, request: ListRequest) => Promise<Encoded | EncodedChunks>

/** The lister of one kind. Pages are cut out of the same sorted objects, and of the same cached chunks, as whole lists. */
export function createLister<R extends MetricsRecord & Selectable, S extends MetricsSample>({
  usage,
  encoder,
  chunks,
  freshness,
  clock,
}: ListerParts<R, S>): Lister<R> {
  const servedIn = createServedCounts<R>((record) => usage(record) !== undefined, clock)

  function* wholeChunks(format: ListFormat<S>, sections: Iterable<Section<R>>): Generator<Chunk> {
    for (const { namespace, records } of sections) yield* chunks.of(format, namespace, records)
  }

  function* chunksFrom(format: ListFormat<S>, sections: Iterable<Section<R>>): Generator<ChunkFrom> {
    for (const { namespace, records, from } of sections) {
      let first = from % CHUNK_OBJECTS
      for (const chunk of chunks.of(format, namespace, records, from)) {
        yield { chunk, first }
        first = 0
      }
    }
  }

  /** @param last the last object of a page that is not the last one. */
  async function metaOf(
    last: MetricsRecord | undefined,
    { scope }: PageRequest,
    sections: SectionsFrom<R>,
    isCounted: boolean,
  ): Promise<ListMeta> {
    if (last === undefined) return WHOLE_LIST
    const next = positionAfter(last)
    // There is one more, or the page would be the last; a count may be a second old.
    const remainingItemCount = isCounted ? Math.max(1, await servedIn(sections(next))) : undefined
    return { continue: encodeContinue(scope, next), remainingItemCount }
  }

  async function cachedPage(format: ListFormat<S>, sections: SectionsFrom<R>, page: PageRequest) {
    const made = await pageOf(chunksFrom(format, sections(page.from)), page.limit)
    freshness.served(made.timestampsMs)
    return pageList(format, made, await metaOf(made.lastOfMore, page, sections, true))
  }

  return async (sections, { selection, media, page }) => {
    const format = selection.everything ? encoder.inChunks(media) : undefined
    if (format !== undefined) {
      if (page !== undefined) return cachedPage(format, sections, page)
      return wholeList(format, observed(wholeChunks(format, sections(undefined)), freshness))
    }
    const most = page && page.limit + 1
    const found = await selectedItems(sections(page?.from), selection.takes, usage, most)
    const items = page !== undefined && found.length > page.limit ? found.slice(0, page.limit) : found
    freshness.served(items.map(({ metrics }) => metrics.timestampMs))
    if (page === undefined) return selectedList(encoder, items, media)
    const last = items.length < found.length ? items.at(-1)?.record : undefined
    return selectedList(encoder, items, media, await metaOf(last, page, sections, selection.everything))
  }
}
