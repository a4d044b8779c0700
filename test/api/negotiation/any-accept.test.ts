import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Endpoint, negotiate, negotiateStatus } from '../../../src/api/negotiation/negotiate.ts'

const ask = (accept: string) => ({ accept, userAgent: undefined, pretty: undefined, includeObject: undefined })

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
