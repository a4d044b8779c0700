import { load } from 'js-yaml'
import { expect, it } from 'vitest'
import { createProtobufReader } from '../support/kubernetes-protobuf.ts'
import { contract } from './support/contract.ts'
import type { Reply } from './support/transports.ts'

const ROOT = '/apis/metrics.k8s.io/v1beta1'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const PARTIAL = 'as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const ALL = ['kube-system/dns-0', 'shop/db-0', 'shop/web-0']

interface Metadata {
  readonly continue?: string
  readonly remainingItemCount?: number
}
interface Item {
  readonly metadata: { readonly name: string; readonly namespace?: string }
}
interface List {
  readonly metadata?: Metadata
  readonly items?: readonly Item[]
  readonly rows?: readonly { readonly object: Item }[]
}

const readProtobuf = createProtobufReader()

function listOf({ status, headers, text, body }: Reply): List {
  if (status !== 200) throw new Error(`${status} ${text}`)
  const type = String(headers['content-type'])
  if (type === PROTOBUF) return readProtobuf(body).object as List
  return (type === 'application/yaml' ? load(text) : JSON.parse(text)) as List
}

const namesOf = ({ items, rows }: List) =>
  (items ?? rows?.map(({ object }) => object) ?? []).map(({ metadata: { namespace, name } }) =>
    namespace ? `${namespace}/${name}` : name,
  )

const token = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url')
/** Of whom it says that it asks does not matter here: the client proves to be the administrator. */
const THROUGH_API_SERVER = { 'x-remote-user': 'somebody' }
const OURS = { v: 'meta.k8s.io/v1', rv: -1 }
const INVALID = 'invalid continue token: continue key is not valid'

contract('pages', ({ asAdmin }) => {
  const query = (path: string, parameters: Record<string, string | number>) => {
    const url = new URL(path, 'https://host')
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value))
    return url.pathname + url.search
  }
  const page = (path: string, parameters: Record<string, string | number>, accept = 'application/json') =>
    asAdmin(query(`${ROOT}/${path}`, parameters), { accept, ...THROUGH_API_SERVER })

  /** All pages, each as its names and metadata. */
  async function pages(path: string, limit: number, accept?: string) {
    const found: { names: string[]; left: number | undefined }[] = []
    let next = ''
    do {
      const list = listOf(await page(path, next === '' ? { limit } : { limit, continue: next }, accept))
      // The protobuf reader leaves out what is not there; the other formats have the member empty.
      next = list.metadata?.continue ?? ''
      found.push({ names: namesOf(list), left: list.metadata?.remainingItemCount })
    } while (next !== '' && found.length < 10)
    return found
  }

  it.each([
    ['JSON', 'application/json'],
    ['indented JSON', 'application/json;pretty=1'],
    ['YAML', 'application/yaml'],
    ['protobuf', PROTOBUF],
    ['a Table', TABLE],
    ['metadata in JSON', `application/json;${PARTIAL}`],
    ['metadata in protobuf', `${PROTOBUF};${PARTIAL}`],
  ])('have the order of the list, and say how much is left, in %s', async (_, accept) => {
    expect(await pages('pods', 1, accept)).toEqual([
      { names: ['kube-system/dns-0'], left: 2 },
      { names: ['shop/db-0'], left: 1 },
      { names: ['shop/web-0'], left: undefined },
    ])
    expect(await pages('pods', 2, accept)).toEqual([
      { names: ALL.slice(0, 2), left: 1 },
      { names: ALL.slice(2), left: undefined },
    ])
    expect(await pages('nodes', 1, accept)).toEqual([
      { names: ['node-1'], left: 1 },
      { names: ['node-2'], left: undefined },
    ])
  })

  it.each([
    ['namespaces/shop/pods', [['shop/db-0'], ['shop/web-0']], 1],
    ['namespaces/nowhere/pods', [[]], undefined],
    ['pods?labelSelector=app%20in%20(web,dns)', [['kube-system/dns-0'], ['shop/web-0']], undefined],
    ['namespaces/shop/pods?labelSelector=app!%3Dx', [['shop/db-0'], ['shop/web-0']], undefined],
    ['pods?fieldSelector=metadata.name!%3Ddb-0', [['kube-system/dns-0'], ['shop/web-0']], undefined],
    ['pods?fieldSelector=metadata.namespace%3Dshop', [['shop/db-0'], ['shop/web-0']], undefined],
    ['pods?fieldSelector=metadata.name%3Dweb-0', [['shop/web-0']], undefined],
    ['nodes?labelSelector=zone', [['node-1'], ['node-2']], undefined],
    ['nodes?labelSelector=zone%3Db', [['node-2']], undefined],
  ])('of %s have no empty page at the end, and count only what no selector narrows', async (path, expected, left) => {
    for (const accept of ['application/json', PROTOBUF, TABLE]) {
      const found = await pages(path, 1, accept)
      expect(found.map(({ names }) => names)).toEqual(expected)
      expect(found[0]?.left).toBe(left)
    }
  })

  it.each([
    0,
    -1,
    3,
    500,
    '9223372036854775807',
    '-9223372036854775808',
  ])('are the whole list, byte for byte, with limit=%s', async (limit) => {
    for (const accept of ['application/json', 'application/yaml', PROTOBUF, TABLE]) {
      const whole = await asAdmin(`${ROOT}/pods`, { accept })
      const paged = await page('pods', { limit }, accept)
      expect(paged.body.equals(whole.body)).toBe(true)
      expect(paged.headers['content-length']).toBe(whole.headers['content-length'])
    }
  })

  it('have all the rest without a limit', async () => {
    const { metadata } = listOf(await page('pods', { limit: 1 }))
    for (const accept of ['application/json', PROTOBUF, TABLE]) {
      const rest = listOf(await page('pods', { continue: String(metadata?.continue) }, accept))
      expect(namesOf(rest)).toEqual(ALL.slice(1))
      expect(rest.metadata?.continue ?? '').toBe('')
    }
  })

  it('are not for single objects', async () => {
    const { status, json } = await page('nodes/node-1', { limit: 1, continue: 'abc' })
    expect([status, json.metadata.name]).toEqual([200, 'node-1'])
  })

  it.each([
    ['abc', `${INVALID}: invalid character 'i' looking for beginning of value`],
    ['a', `${INVALID}: illegal base64 data at input byte 0`],
    ['aaaaa', `${INVALID}: illegal base64 data at input byte 4`],
    ['e30=', `${INVALID}: illegal base64 data at input byte 3`],
    ['../../secrets', `${INVALID}: illegal base64 data at input byte 0`],
    ['e30ö', `${INVALID}: illegal base64 data at input byte 3`],
    ['\n', `${INVALID}: unexpected end of JSON input`],
    [token({}), `${INVALID}: server does not recognize this encoded version `],
    [token([]), `${INVALID}: json: cannot unmarshal array into Go value of type storage.continueToken`],
    [token({ v: 'v2', rv: -1, start: 'a' }), `${INVALID}: server does not recognize this encoded version v2`],
    [token({ v: 1 }), `${INVALID}: json: cannot unmarshal number into Go struct field continueToken.v of type string`],
    [
      token({ ...OURS, rv: 1.5 }),
      `${INVALID}: json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64`,
    ],
    [token({ v: OURS.v, start: 'a' }), `${INVALID}: incorrect encoded start resourceVersion (version meta.k8s.io/v1)`],
    [token(OURS), `${INVALID}: encoded start key empty (version meta.k8s.io/v1)`],
    [token({ ...OURS, start: '../secrets/a' }), `${INVALID}: ../secrets/a`],
    [token({ ...OURS, rv: 7, start: 'a/../b' }), `${INVALID}: a/../b`],
    [token({ ...OURS, start: 'kube-system/dns-0\0' }), `${INVALID}: kube-system/dns-0\0`],
    [token({ ...OURS, start: 'metrics.k8s.io/pods/../nodes/a\0' }), `${INVALID}: metrics.k8s.io/pods/../nodes/a\0`],
    [token({ ...OURS, start: 'metrics.k8s.io/pods/shop' }), `${INVALID}: metrics.k8s.io/pods/shop`],
    [token({ ...OURS, start: 'metrics.k8s.io/pods/shop/' }), `${INVALID}: metrics.k8s.io/pods/shop/`],
    [token({ ...OURS, start: 'metrics.k8s.io/pods//db-0' }), `${INVALID}: metrics.k8s.io/pods//db-0`],
    [token({ ...OURS, start: 'metrics.k8s.io/pods/shop/db-0/x' }), `${INVALID}: metrics.k8s.io/pods/shop/db-0/x`],
    [token({ ...OURS, start: 'metrics.k8s.io/nodes/node-1\0' }), `${INVALID}: metrics.k8s.io/nodes/node-1\0`],
    [
      token({ ...OURS, start: 'metrics.k8s.io/namespaces/shop/pods/db-0\0' }),
      `${INVALID}: metrics.k8s.io/namespaces/shop/pods/db-0\0`,
    ],
    ['A'.repeat(2049), `${INVALID}: it has more than 2048 bytes`],
  ])('do not continue from %j', async (text, message) => {
    for (const limit of [{}, { limit: 2 }]) {
      const { status, json } = await page('pods', { continue: text, ...limit })
      expect(json).toMatchObject({ kind: 'Status', reason: 'BadRequest', message, code: 400 })
      expect(status).toBe(400)
    }
  })

  it('refuse a token of another resource, of another namespace, and of all namespaces', async () => {
    const given = async (path: string) => listOf(await page(path, { limit: 1 })).metadata?.continue ?? ''
    const paths = ['nodes', 'pods', 'namespaces/shop/pods']
    for (const from of paths) {
      for (const to of [...paths, 'namespaces/kube-system/pods', 'namespaces/nowhere/pods']) {
        const { status, json } = await page(to, { limit: 1, continue: await given(from) })
        expect([from, to, status]).toEqual([from, to, from === to ? 200 : 400])
        if (from !== to) expect(json.message).toContain(`${INVALID}: metrics.k8s.io/`)
      }
    }
  })

  it('refuse a part of a token, and one with something more', async () => {
    const whole = listOf(await page('pods', { limit: 1 })).metadata?.continue ?? ''
    for (let length = 1; length < whole.length; length++) {
      const { status } = await page('pods', { continue: whole.slice(0, length) })
      expect([length, status]).toEqual([length, 400])
    }
    for (const more of ['A', 'AA', '\n', '=']) {
      expect((await page('pods', { continue: whole + more })).status).toBe(400)
    }
  })

  it('send a client that comes with a token of kube-apiserver back to the start of the list', async () => {
    const { status, json } = await page('pods', {
      continue: token({ v: 'meta.k8s.io/v1', rv: 12345, start: 'kube-system/coredns-0\0' }),
    })
    expect(status).toBe(410)
    expect(json).toMatchObject({
      reason: 'Expired',
      message:
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    })
  })

  it('take no resourceVersion beside continue but 0, and no resourceVersionMatch', async () => {
    const next = listOf(await page('pods', { limit: 1 })).metadata?.continue ?? ''
    expect((await page('pods', { continue: next, resourceVersion: 0 })).status).toBe(200)
    const refused = await page('pods', { continue: next, resourceVersion: 5 })
    expect([refused.status, refused.json.message]).toEqual([
      400,
      'specifying resource version is not allowed when using continue',
    ])
    const match = { resourceVersion: 0, resourceVersionMatch: 'NotOlderThan' }
    expect((await page('pods', { continue: next, ...match })).status).toBe(422)
    expect(listOf(await page('pods', { limit: 1, ...match })).metadata?.remainingItemCount).toBe(2)
  })

  it.each([
    'limit=1',
    'limit=1&continue=abc',
  ])('are not for whoever asks this server itself, as with the Go server: %s', async (parameters) => {
    const { text } = await asAdmin(`${ROOT}/pods`)
    expect((await asAdmin(`${ROOT}/pods?${parameters}`)).text).toBe(text)
  })
})
