import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeContinue,
  encodeContinue,
  type ListScope,
  positionAfter,
} from '../../../src/api/request/continue-token.ts'
import { ApiError } from '../../../src/api/status.ts'

const segment = (length: number) => fc.stringMatching(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, { maxLength: length })
const scope: fc.Arbitrary<ListScope> = fc.oneof(
  fc.constant<ListScope>({ resource: 'nodes', namespace: '' }),
  fc.constant<ListScope>({ resource: 'pods', namespace: '' }),
  segment(63).map((namespace): ListScope => ({ resource: 'pods', namespace })),
)

/** What is read of a token; the status of the refusal when it is refused. */
function outcome(of: ListScope, text: string) {
  try {
    return decodeContinue(of, text)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.status.code
  }
}

describe('a continue token', () => {
  it('says just where its list goes on, in a bounded number of bytes', () => {
    fc.assert(
      fc.property(scope, segment(63), segment(253), (of, namespace, name) => {
        const within = of.resource === 'nodes' ? '' : of.namespace || namespace
        const position = positionAfter({ namespace: within, name })
        const token = encodeContinue(of, position)
        expect(token).toMatch(/^[\w-]{1,640}$/)
        expect(decodeContinue(of, token)).toEqual(position)
      }),
    )
  })

  it('is of no other list', () => {
    fc.assert(
      fc.property(scope, scope, segment(63), segment(253), (of, other, namespace, name) => {
        fc.pre(of.resource !== other.resource || of.namespace !== other.namespace)
        const within = of.resource === 'nodes' ? '' : of.namespace || namespace
        expect(outcome(other, encodeContinue(of, positionAfter({ namespace: within, name })))).toBe(400)
      }),
    )
  })

  const json = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc
      .record(
        {
          v: fc.oneof(fc.constant('meta.k8s.io/v1'), fc.jsonValue()),
          rv: fc.oneof(fc.constantFrom(-1, 0, 1), fc.jsonValue()),
          start: fc.oneof(
            fc
              .array(fc.constantFrom('metrics.k8s.io', 'pods', 'nodes', 'namespaces', 'shop', '..', '.', '', 'a\0'))
              .map((parts) => parts.join('/')),
            fc.jsonValue(),
          ),
        },
        { requiredKeys: [] },
      )
      .map((fields) => JSON.stringify(fields)),
  )
  const madeUp = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    json.map((text) => Buffer.from(text).toString('base64url')),
  )

  it('that is made up is refused, or is one that the server gives', () => {
    fc.assert(
      fc.property(scope, madeUp, (of, text) => {
        const read = outcome(of, text)
        if (typeof read === 'number') expect([400, 410]).toContain(read)
        else expect(encodeContinue(of, read)).toBe(text)
      }),
      { numRuns: 20_000 },
    )
  })

  it('leads to no namespace but the one of its list', () => {
    fc.assert(
      fc.property(segment(63), madeUp, (namespace, text) => {
        const read = outcome({ resource: 'pods', namespace }, text)
        if (typeof read !== 'number') expect(read.namespace).toBe(namespace)
      }),
      { numRuns: 5000 },
    )
  })
})
