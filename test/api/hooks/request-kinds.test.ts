import { describe, expect, it } from 'vitest'
import { createRequestKinds, pathEndpoint, resourceEndpoint } from '../../../src/api/hooks/instrumentation.ts'
import { parseQuery } from '../../../src/api/request/request-target.ts'

const LISTED = resourceEndpoint('pods', 'cluster')
const ONE = resourceEndpoint('nodes', 'resource')
const kindOf = createRequestKinds()

describe("a request's kind", () => {
  it.each([
    ['GET', '', LISTED, 'LIST'],
    ['HEAD', '', LISTED, 'LIST'],
    ['GET', '', resourceEndpoint('pods', 'namespace'), 'LIST'],
    ['GET', '', ONE, 'GET'],
    ['GET', '', pathEndpoint('/version'), 'GET'],
    ['GET', 'watch=1', LISTED, 'WATCH'],
    ['GET', 'watch=false', LISTED, 'LIST'],
    ['HEAD', 'watch=1', LISTED, 'LIST'],
    ['DELETE', '', ONE, 'DELETE'],
    ['BREW', '', LISTED, 'other'],
  ])('of %s ?%s has the verb of the apiserver', (method, query, endpoint, verb) => {
    expect(kindOf(method, parseQuery(query), endpoint)).toEqual({ ...endpoint, verb, dryRun: '' })
  })

  it.each([
    ['All', 'All'],
    ['all', 'invalid'],
    ['', 'invalid'],
  ])('counts a dry run of "%s" as %s', (given, counted) => {
    expect(kindOf('DELETE', parseQuery(`dryRun=${given}`), ONE).dryRun).toBe(counted)
    expect(kindOf('DELETE', parseQuery(`dryRun=${given}`), pathEndpoint('/apis')).dryRun).toBe('')
  })

  it('is the same object for the same kind, and there are only so many whatever is requested', () => {
    const kinds = new Set<unknown>()
    for (let i = 0; i < 2000; i++) {
      const method = ['GET', 'HEAD', 'POST', `M${i}`][i % 4] ?? ''
      kinds.add(kindOf(method, parseQuery(`watch=${i}&dryRun=${i}&x${i}=${i}`), LISTED))
    }
    expect(kinds.size).toBeLessThan(10)
    expect(kindOf('GET', parseQuery('limit=1'), LISTED)).toBe(kindOf('GET', parseQuery(''), LISTED))
  })
})
