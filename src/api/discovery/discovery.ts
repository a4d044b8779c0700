import { createHash } from 'node:crypto'
import { type Answer, answerOf, NO_BODY, rawJsonAnswer } from '../answer.ts'
import { encodeDocument } from '../encoding/documents.ts'
import type { Media } from '../media.ts'
import type { VersionInfo } from '../options.ts'
import { apiGroup, apiGroupDiscoveryList, apiGroupList, apiResourceList } from './documents.ts'

export interface Discovery {
  groups(media: Media): Answer
  /** All groups with their resources; 304 when the client has them already. */
  aggregated(media: Media, ifNoneMatch: string | undefined): Answer
  group(media: Media): Answer
  resources(media: Media): Answer
  version(): Answer
}

/**
 * The documents that tell clients what is served.
 * @param port that the server listens on, asked for when needed.
 */
export function createDiscovery(version: VersionInfo, port: () => number): Discovery {
  const aggregated = apiGroupDiscoveryList()
  const etag = `"${createHash('sha512').update(JSON.stringify(aggregated)).digest('hex').toUpperCase()}"`
  return {
    groups: (media) => answerOf(encodeDocument('APIGroupList', apiGroupList(port()), media)),
    aggregated(media, ifNoneMatch) {
      const headers = { etag, vary: 'Accept', 'cache-control': 'public' }
      if (ifNoneMatch === etag) return { status: 304, body: NO_BODY, headers }
      return answerOf(encodeDocument('APIGroupDiscoveryList', aggregated, media), headers)
    },
    group: (media) => answerOf(encodeDocument('APIGroup', apiGroup(), media)),
    resources: (media) => answerOf(encodeDocument('APIResourceList', apiResourceList(), media)),
    version: () => rawJsonAnswer(200, version),
  }
}
