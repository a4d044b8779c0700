import { describe, expect, it } from 'vitest'
import { negotiate, refuseTransform } from '../../../src/api/negotiation/negotiate.ts'

describe('what was found and cannot be turned into', () => {
  const mediaOf = (accept: string) => {
    const negotiated = negotiate(
      { accept, userAgent: undefined, pretty: undefined, includeObject: undefined },
      'object',
    )
    if (!negotiated.ok) throw new Error('not negotiated')
    return negotiated.media
  }
  const partial = mediaOf('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io')
  const partials = mediaOf('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')
  const table = mediaOf('application/json;as=Table;v=v1;g=meta.k8s.io')

  it.each([
    [partial, 'PodMetrics', undefined, undefined],
    [
      partial,
      'PodMetricsList',
      undefined,
      [406, 'you requested PartialObjectMetadata, but the requested object is a list (*metrics.PodMetricsList)'],
    ],
    [partials, 'NodeMetricsList', undefined, undefined],
    [
      partials,
      'NodeMetrics',
      undefined,
      [406, 'you requested PartialObjectMetadataList, but the requested object is not a list (*metrics.NodeMetrics)'],
    ],
    [table, 'NodeMetricsList', undefined, undefined],
    [table, 'NodeMetricsList', '', undefined],
    [table, 'NodeMetricsList', 'Object', undefined],
    [
      table,
      'NodeMetricsList',
      'object',
      [
        400,
        `Unable to convert to Table as requested: includeObject: Invalid value: "object": must be 'Metadata', 'Object', 'None', or empty`,
      ],
    ],
    [mediaOf('*/*'), 'NodeMetrics', 'junk', undefined],
  ] as const)('%j of %s, includeObject=%s: %j', (media, kind, includeObject, expected) => {
    const status = refuseTransform(media, kind, includeObject)
    expect(status && [status.code, status.message]).toEqual(expected)
  })
})
