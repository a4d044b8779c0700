import { describe, expect, it } from 'vitest'
import { readApiService, readEndpoints } from '../../../src/cluster/inspection/aggregation.ts'
import { readOwnRight } from '../../../src/cluster/inspection/apiserver.ts'
import { createKubernetesApi } from '../../../src/cluster/inspection/kubernetes-api.ts'
import {
  readNodes,
  readPod,
  readRunningPods,
  readServedNodes,
  readServedPods,
} from '../../../src/cluster/inspection/workloads.ts'
import type { ApiClient, ApiRequest } from '../../../src/cluster/client/api-client.ts'
import { ApiAnswerInvalid, ApiError } from '../../../src/cluster/client/api-error.ts'

/** An API whose transport answers with what `answer` gives, JSON unless it is a string; and what it was asked. */
async function apiOf(answer: (request: ApiRequest) => unknown) {
  const asked: ApiRequest[] = []
  const client: Pick<ApiClient, 'request'> = {
    async request(request) {
      asked.push(request)
      const given = answer(request)
      const body = Buffer.from(typeof given === 'string' ? given : JSON.stringify(given))
      return { status: 200, headers: { 'content-type': 'application/json' }, body }
    },
  }
  return { api: await createKubernetesApi(client as ApiClient), asked }
}

const pod = (name: string) => ({ metadata: { namespace: 'shop', name, uid: `uid-${name}` } })

describe("client-node's typed clients", () => {
  it('send their requests through the client of the server, with its bounds', async () => {
    const { api, asked } = await apiOf(() => ({ status: { allowed: true } }))
    const right = { verb: 'get', group: '', resource: 'nodes', subresource: 'stats' }
    expect(await readOwnRight(api, right)).toEqual({ found: true })
    expect(asked).toMatchObject([
      {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: { kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: right } },
        maxBytes: 8 * 2 ** 20,
      },
    ])
  })

  it('ask for the metadata of pods where their nodes do not matter, in pages', async () => {
    const { api, asked } = await apiOf(({ query }) =>
      query?.continue === undefined
        ? { metadata: { continue: 'next' }, items: [pod('a')] }
        : { metadata: {}, items: [pod('b')] },
    )
    const reading = await readRunningPods(api, false)
    expect('found' in reading && reading.found.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(asked).toMatchObject([
      {
        path: '/api/v1/pods',
        query: { fieldSelector: 'status.phase=Running', limit: '500' },
        accept: expect.stringContaining('as=PartialObjectMetadataList'),
        maxBytes: 64 * 2 ** 20,
      },
      { query: { fieldSelector: 'status.phase=Running', limit: '500', continue: 'next' } },
    ])
  })

  it('list once more, without pages, when the snapshot behind the pages is gone', async () => {
    const { api, asked } = await apiOf(({ path, query }) => {
      if (query?.continue !== undefined) throw new ApiError('GET', path, 410, { reason: 'Expired' })
      if (query?.limit === undefined) return { items: [pod('a'), pod('b')] }
      return { metadata: { continue: 'next' }, items: [pod('old')] }
    })
    const reading = await readRunningPods(api, false)
    expect('found' in reading && reading.found.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(asked).toHaveLength(3)
  })

  it('end with a list that does not', async () => {
    const { api, asked } = await apiOf(() => ({ metadata: { continue: 'on' }, items: [] }))
    expect(await readNodes(api, '')).toMatchObject({ trouble: 'unusable', message: 'the list does not end' })
    expect(asked).toHaveLength(4000)
  })

  it.each([
    ['items that are null', '{"items":null}', []],
    ['no items', '{}', []],
    ['objects without a name', '{"items":[null,{},{"metadata":{}},{"metadata":{"name":"n"}}]}', ['n']],
  ])('read %s', async (_, answer, names) => {
    const { api } = await apiOf(() => answer)
    const reading = await readNodes(api, '')
    expect('found' in reading && reading.found.map(({ name }) => name)).toEqual(names)
  })

  it.each([
    ['no JSON, which is not quoted', '<html>s3cret</html>'],
    ['items that are no list', '{"items":{"a":1}}'],
    ['nothing', ''],
    ['null', 'null'],
  ])('take %s for what cannot be used', async (_, answer) => {
    const { api } = await apiOf(() => answer)
    for (const read of [readNodes(api, ''), readServedNodes(api), readServedPods(api)]) {
      expect(await read).toMatchObject({ trouble: 'unusable', message: expect.not.stringContaining('s3cret') })
    }
    expect(await readPod(api, 'a', 'b')).toBeUndefined()
  })

  it('take fields of other types for what cannot be used', async () => {
    const conditions = [{ type: 'Available', status: 5, reason: {}, message: [] }]
    const { api } = await apiOf(() => ({ status: { conditions } }))
    expect(await readApiService(api)).toMatchObject({ trouble: 'unusable' })
    const slices = await apiOf(() => ({ items: [{ endpoints: [{ addresses: [1, 2] }] }] }))
    expect(await readEndpoints(slices.api, 'a', 'b')).toMatchObject({ trouble: 'unusable' })
  })

  it('say why an answer was refused', async () => {
    const { api } = await apiOf(() => {
      throw new ApiAnswerInvalid('GET /api/v1/nodes: the answer is larger than 67108864 bytes')
    })
    expect(await readNodes(api, '')).toMatchObject({ trouble: 'unusable', message: expect.stringContaining('larger') })
  })
})
