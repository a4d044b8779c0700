import { describe, expect, it } from 'vitest'
import { type Endpoint, negotiate, negotiateStatus } from '../../../src/api/negotiation/negotiate.ts'

const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

const ask = (
  accept?: string,
  query: { pretty?: string; includeObject?: string; userAgent?: string; aggregated?: boolean } = {},
) => ({
  accept,
  userAgent: query.userAgent,
  pretty: query.pretty,
  includeObject: query.includeObject,
  aggregated: query.aggregated ?? false,
})

/** The outcome in a word: "json pretty Table v1 None", or the whole message of the 406. */
function outcome(request: ReturnType<typeof ask>, endpoint: Endpoint): string {
  const negotiated = negotiate(request, endpoint)
  if (!negotiated.ok) return negotiated.status.message
  const { media, discovery } = negotiated
  const transform = media.as === undefined ? [] : [media.as.kind, media.as.version, media.as.includeObject]
  return [
    media.format,
    ...(media.pretty ? ['pretty'] : []),
    ...transform,
    ...(discovery === undefined ? [] : [discovery]),
  ].join(' ')
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
    [v2, 'json v2'],
    [`${v2},${v2beta1},application/json`, 'json v2'],
    [`${v2beta1},application/json`, 'json v2beta1'],
    [`${v2beta1},${v2}`, 'json v2beta1'],
    [`${v2beta1};q=0.9,${v2}`, 'json v2'],
    [`${v2};q=0.5,${v2beta1};q=0.9,application/json`, 'json v2beta1'],
    [`${v2beta1.replace('v2beta1', 'v1')},application/json`, 'json'],
    [v2beta1, ONLY],
    [`application/json,${v2}`, 'json v2'],
    [v2.replace('json', 'vnd.kubernetes.protobuf'), 'protobuf v2'],
    [`${v2};profile=nopeer`, 'json v2'],
    ['text/plain', NO_ROUTE],
  ])('%j: %s', (accept, expected) => {
    expect(outcome(ask(accept), 'groups')).toBe(expected)
  })

  it.each([
    [v2beta1, 'json v2beta1'],
    [`${v2beta1};q=0.5,${v2}`, 'json v2'],
    [v2beta1.replace('json', 'vnd.kubernetes.protobuf'), 'protobuf v2beta1'],
    [v2beta1.replace('v2beta1', 'v1'), ONLY],
  ])('through an aggregator, %j: %s', (accept, expected) => {
    expect(outcome(ask(accept, { aggregated: true }), 'groups')).toBe(expected)
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

  it('is requested by the media type whatever the query says', () => {
    expect(outcome(ask('application/json;pretty=1', { pretty: 'false' }), 'list')).toBe('json pretty')
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
