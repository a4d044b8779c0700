import { createHash } from 'node:crypto'
import { type Answer, answerOf, NO_BODY, rawJsonAnswer } from '../answer.ts'
import { encodeDocument } from '../encoding/documents.ts'
import type { Media } from '../media.ts'
import type { DiscoveryVersion } from '../negotiation/media-type.ts'
import type { VersionInfo } from '../options.ts'
import { apiGroup, apiGroupDiscoveryList, apiGroupList, apiResourceList } from './documents.ts'

export interface Discovery {
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
 * The documents that tell clients what is served.
 * @param port that the server listens on, asked for when needed.
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
