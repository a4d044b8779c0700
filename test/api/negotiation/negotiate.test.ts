import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeStatus } from '../../../src/api/encoding/documents.ts'
import { type Endpoint, negotiate, negotiateStatus } from '../../../src/api/negotiation/negotiate.ts'
import { refuseTransform } from '../../../src/api/negotiation/refusal.ts'
import { type RecordedAnswer, recordedAnswers } from '../../support/recorded-answers.ts'

const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

const ask = (accept?: string, query: { pretty?: string; includeObject?: string; userAgent?: string } = {}) => ({
  accept,
  userAgent: query.userAgent,
  pretty: query.pretty,
  includeObject: query.includeObject,
})

/** The outcome in a word: "json pretty Table v1 None", or the whole message of the 406. */
function outcome(request: ReturnType<typeof ask>, endpoint: Endpoint): string {
  const negotiated = negotiate(request, endpoint)
  if (!negotiated.ok) return negotiated.status.message
  const { media, aggregated } = negotiated
  const transform = media.as === undefined ? [] : [media.as.kind, media.as.version, media.as.includeObject]
  return [media.format, ...(media.pretty ? ['pretty'] : []), ...transform, ...(aggregated ? ['aggregated'] : [])].join(
    ' ',
  )
}

const ONLY =
  'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf'
const NO_ROUTE =
  '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf'
const WATCHES = ', application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'

describe('one object', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['application/yaml', 'yaml'],
    ['application/vnd.kubernetes.protobuf', 'protobuf'],
    ['application/vnd.kubernetes.protobuf, */*', 'protobuf'],
    ['*/*, application/yaml;q=0.1', 'yaml'],
    ['application/json;q=0.5,application/yaml;q=0.9', 'yaml'],
    ['application/*,application/yaml', 'yaml'],
    ['application/*, */*', 'json'],
    ['application/*', NO_ROUTE],
    ['*', NO_ROUTE],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    ['application/cbor', NO_ROUTE],
    ['application/cbor,application/vnd.kubernetes.protobuf', 'protobuf'],
    ['!!!', NO_ROUTE],
    ['application/json;pretty=1', 'json pretty'],
    ['application/json;pretty=true', 'json'],
    ['application/yaml;pretty=1', 'yaml'],
    [TABLE, 'json Table v1 Metadata'],
    ['application/yaml;as=Table;v=v1;g=meta.k8s.io', 'yaml Table v1 Metadata'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', 'json Table v1beta1 Metadata'],
    ['application/json;as=Table;v=v2;g=meta.k8s.io', ONLY],
    ['application/json;as=Table;v=v1', ONLY],
    ['application/json;as=Chart;v=v1;g=meta.k8s.io', ONLY],
    ['application/json;as=Chart;v=v1;g=meta.k8s.io,application/yaml', 'yaml'],
    ['application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io', ONLY],
    ['application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json', 'json'],
    ['*/*;as=Table;v=v1;g=meta.k8s.io', 'json Table v1 Metadata'],
    [
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      'protobuf PartialObjectMetadata v1 Metadata',
    ],
    ['application/json;stream=watch', 'json'],
    ['application/yaml;stream=watch', ONLY],
    ['application/json;stream=other', ONLY],
    ['application/json;sv=v1', 'json'],
    ['application/json;sv=v2', ONLY],
    ['application/json;charset=utf-8', 'json'],
    ['application/json;v=v1', ONLY],
  ])('%j: %s', (accept, expected) => {
    expect(outcome(ask(accept), 'object')).toBe(expected)
  })
})

describe('a list', () => {
  it('names the streams that it has in its refusal', () => {
    expect(outcome(ask('text/plain'), 'list')).toBe(NO_ROUTE + WATCHES)
    expect(outcome(ask('application/json;as=X'), 'list')).toBe(ONLY)
  })

  it.each(['None', 'Metadata', 'Object'])('makes a table with includeObject=%s', (includeObject) => {
    expect(outcome(ask(TABLE, { includeObject }), 'list')).toBe(`json Table v1 ${includeObject}`)
  })
})

describe('a discovery document', () => {
  it.each([
    [undefined, 'json'],
    ['application/vnd.kubernetes.protobuf', 'protobuf'],
    [TABLE, 'json'],
    ['application/json;as=Table;v=v1;g=meta.k8s.io', ONLY],
    ['application/json;sv=v1', ONLY],
    ['text/plain', NO_ROUTE],
  ])('%j: %s', (accept, expected) => {
    expect(outcome(ask(accept), 'document')).toBe(expected)
  })
})

describe('the groups', () => {
  const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const v2beta1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'
  it.each([
    [undefined, 'json'],
    ['application/json', 'json'],
    [v2, 'json aggregated'],
    [`${v2},${v2beta1},application/json`, 'json aggregated'],
    [`${v2beta1},application/json`, 'json'],
    [v2beta1, ONLY],
    [`application/json,${v2}`, 'json aggregated'],
    [v2.replace('json', 'vnd.kubernetes.protobuf'), 'protobuf aggregated'],
    [`${v2};profile=nopeer`, 'json aggregated'],
    ['text/plain', NO_ROUTE],
  ])('%j: %s', (accept, expected) => {
    expect(outcome(ask(accept), 'groups')).toBe(expected)
  })
})

describe('the version', () => {
  it.each([
    [undefined, 'json pretty'],
    ['*/*', 'json pretty'],
    ['application/json;as=Table', 'json pretty'],
    ['application/yaml', '406: Not Acceptable\n\nAvailable representations: application/json'],
  ])('%j: %s', (accept, expected) => {
    expect(outcome(ask(accept), 'version')).toBe(expected)
  })
})

describe('indented JSON', () => {
  it.each([
    [{ pretty: 'true' }, true],
    [{ pretty: '1' }, true],
    [{ pretty: 'T' }, true],
    [{ pretty: 'yes' }, false],
    [{ pretty: 'false' }, false],
    [{ pretty: '' }, false],
    [{ userAgent: 'curl/8.0' }, true],
    [{ userAgent: 'Wget/1.21' }, true],
    [{ userAgent: 'Mozilla/5.0 (X11)' }, true],
    [{ userAgent: 'Mozilla/4.0' }, false],
    [{ userAgent: 'libcurl' }, false],
    [{ userAgent: 'kubectl/v1.36.4' }, false],
    [{ userAgent: 'curl/8.0', pretty: 'false' }, false],
    [{ userAgent: 'curl/8.0', pretty: 'junk' }, false],
    [{ userAgent: 'curl/8.0', pretty: '' }, true],
  ])('%j: %s', (query, pretty) => {
    expect(outcome(ask('*/*', query), 'list')).toBe(pretty ? 'json pretty' : 'json')
  })

  it('is asked for by the media type whatever the query says', () => {
    expect(outcome(ask('application/json;pretty=1', { pretty: 'false' }), 'list')).toBe('json pretty')
  })
})

describe('the Go server, asked the same', () => {
  const endpointOf = (path: string): Endpoint =>
    path === '/apis' ? 'groups' : /\/(nodes|pods)(\?|$)/.test(path) ? 'list' : 'object'
  const requestOf = ({ path, headers }: RecordedAnswer) => {
    const query = new URL(path, 'https://server').searchParams
    return {
      accept: headers.accept,
      userAgent: headers['user-agent'],
      pretty: query.get('pretty') ?? undefined,
      includeObject: query.get('includeObject') ?? undefined,
    }
  }
  const asked = recordedAnswers().filter(({ id }) => /^(accept-|table-|partial-|nodes|pods|aggregated-)/.test(id))

  it.each(asked.filter(({ status }) => status === 406))('$id is refused in the same bytes', (answer) => {
    const request = requestOf(answer)
    const negotiated = negotiate(request, endpointOf(answer.path))
    if (negotiated.ok) throw new Error('not refused')
    const { contentType, body } = encodeStatus(negotiated.status, negotiateStatus(request))
    expect(body.toString()).toBe(answer.body)
    expect(contentType).toBe(answer.contentType)
  })

  it.each(asked.filter(({ status }) => status !== 406))('$id gets the same media type', (answer) => {
    const negotiated = negotiate(requestOf(answer), endpointOf(answer.path))
    if (!negotiated.ok) throw new Error(negotiated.status.message)
    const subtype = { json: 'json', yaml: 'yaml', protobuf: 'vnd.kubernetes.protobuf' }[negotiated.media.format]
    expect(answer.contentType.split(';')[0]).toBe(`application/${subtype}`)
    if (answer.body?.startsWith('{')) expect(negotiated.media.pretty).toBe(answer.body.startsWith('{\n'))
    expect(negotiated.aggregated).toBe(answer.id.startsWith('aggregated-'))
  })
})

describe('a status', () => {
  it.each([
    [undefined, 'json', false],
    ['*/*', 'json', false],
    ['application/*', 'json', false],
    [TABLE, 'json', false],
    ['application/json;as=Table;v=v1;g=meta.k8s.io', 'json', true],
    ['application/yaml', 'yaml', false],
    ['application/vnd.kubernetes.protobuf,application/json', 'protobuf', false],
    ['text/plain', 'json', true],
    ['!!!', 'json', true],
  ])('for %j is %s, indented: %s', (accept, format, pretty) => {
    expect(negotiateStatus(ask(accept))).toEqual({ format, pretty, as: undefined })
  })
})

describe('what was found and cannot be turned into', () => {
  const mediaOf = (accept: string) => {
    const negotiated = negotiate(ask(accept), 'object')
    if (!negotiated.ok) throw new Error('not negotiated')
    return negotiated.media
  }
  const partial = mediaOf('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io')
  const partials = mediaOf('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')
  const table = mediaOf(TABLE)

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

it('any Accept header gets an answer that the server has', () => {
  const piece = fc.constantFrom(
    'application/json',
    'application/yaml',
    '*/*',
    ';',
    ',',
    'as=Table',
    'v=v1',
    'g=meta.k8s.io',
    'q=',
    '.1',
    'stream=watch',
  )
  const header = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
  )
  const endpoints = fc.constantFrom<Endpoint>('object', 'list', 'document', 'groups', 'version')
  fc.assert(
    fc.property(header, endpoints, (accept, endpoint) => {
      const negotiated = negotiate(ask(accept), endpoint)
      if (negotiated.ok) expect(['json', 'yaml', 'protobuf']).toContain(negotiated.media.format)
      else expect(negotiated.status.code).toBe(406)
      expect(negotiateStatus(ask(accept)).as).toBeUndefined()
    }),
    { numRuns: 10_000 },
  )
})
