import type { V1Node } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { itemsOf, read, unchecked } from '../../src/cluster/api-object.ts'

describe('an object of the API', () => {
  it('is read along the members that its type has', () => {
    const node = unchecked<V1Node>({ status: { daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } } } })
    expect(read(read(node, 'status', 'daemonEndpoints'), 'kubeletEndpoint', 'Port')).toBe(10_250)
    expect(read(node, 'status', 'daemonEndpoints', 'kubeletEndpoint')).toEqual({ Port: 10_250 })
  })

  it.each([
    undefined,
    null,
    'text',
    7,
    true,
    [],
    { status: null },
    { status: 'text' },
    { status: { addresses: 7 } },
  ])('has nothing in it when it is %j', (value) => {
    expect(itemsOf(read(unchecked<V1Node>(value), 'status', 'addresses'))).toEqual([])
  })

  it('has no member that it inherits', () => {
    const labels = read(unchecked<V1Node>({ metadata: { labels: {} } }), 'metadata', 'labels')
    expect([read(labels, 'constructor'), read(labels, '__proto__'), read(labels, 'toString')]).toEqual(
      Array(3).fill(undefined),
    )
  })

  it('is not asked for members that its type does not have', () => {
    // @ts-expect-error There is no such member.
    expect(read(unchecked<V1Node>({}), 'stauts')).toBeUndefined()
    // @ts-expect-error What was read is no text before it was checked.
    const name: string | undefined = read(unchecked<V1Node>({}), 'metadata', 'name')
    expect(name).toBeUndefined()
  })
})
