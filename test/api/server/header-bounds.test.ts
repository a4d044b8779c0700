import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANONYMOUS, type RequestCredentials } from '../../../src/model/identity.ts'
import { createWorld, headerValues, type World } from '../../contract/support/world.ts'
import { frameClient, GOAWAY, get, HEADERS, headFrames, RST_STREAM, SETTINGS } from './http2-frames.ts'
import { rawClient } from './raw-client.ts'

const PROXY = 'front-proxy-client'
/** A user in thousands of groups: nearly 1 MiB over HTTP/1.1, and as HTTP/2 counts it. */
const GROUPS = Array.from({ length: 9000 }, (_, i) => `group-${i}-${'x'.repeat(50)}`)
const FEW = GROUPS.slice(0, 1500)
const headersOf = (groups: readonly string[]) => groups.map((group) => ['x-remote-group', group] as const)

describe('the head of a request', () => {
  let world: World
  let port: number
  let seen: RequestCredentials[]
  beforeEach(async () => {
    seen = []
    world = await createWorld({
      isFrontProxy: (connection) => connection.getPeerCertificate().subject?.CN === PROXY,
      authenticate: async (credentials) => {
        seen.push(credentials)
        return { ...ANONYMOUS, name: 'known', groups: [] }
      },
    })
    port = (await world.api.listen()).port
  })
  afterEach(() => world.api.close())

  const credentials = async (name: string | undefined) => {
    if (name === undefined) return {}
    const pair = await world.authority.issue({ commonName: name, organizations: [], usage: 'client' })
    return { cert: pair.certPem, key: pair.keyPem }
  }
  async function overHttp1(name: string | undefined, groups: readonly string[]) {
    const client = await rawClient(world, port, { ALPNProtocols: ['http/1.1'], ...(await credentials(name)) })
    const lines = headersOf(groups).map(([header, value]) => `${header}: ${value}\r\n`)
    client.socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join('')}\r\n`)
    return (await client.closed()).split('\r\n')[0]
  }
  /** The frames that end the matter. */
  async function overHttp2(
    name: string | undefined,
    groups: readonly string[],
    how: { settings: number; bytes?: number },
  ) {
    const client = await frameClient(world, port, await credentials(name))
    await client.untilFrame(({ type }) => type === SETTINGS)
    client.acknowledge(how.settings)
    client.socket.write(headFrames(1, get('/healthz', headersOf(groups)), how.bytes))
    const frames = await client.untilFrame(({ type }) => [HEADERS, RST_STREAM, GOAWAY].includes(type))
    client.socket.destroy()
    return frames.find(({ type }) => type === HEADERS || type === RST_STREAM)
  }
  const groupsSeen = () => seen.map((credentials) => headerValues(credentials, 'x-remote-group').length)

  it('may be 1 MiB from the front proxy, over HTTP/1.1', async () => {
    expect(await overHttp1(PROXY, [...GROUPS, ...GROUPS.slice(0, 2500)])).toBe('HTTP/1.1 200 OK')
    expect(groupsSeen()).toEqual([11_500])
  })

  it('may be 1 MiB from the front proxy, over HTTP/2', async () => {
    const answer = await overHttp2(PROXY, GROUPS, { settings: 2, bytes: 256 * 1024 })
    expect(answer?.type).toBe(HEADERS)
    expect(groupsSeen()).toEqual([9000])
  })

  it.each([
    ['who has a certificate', 'alice'],
    ['who has none', undefined],
  ])('may be 64 KiB from others, %s, over HTTP/1.1', async (_, name) => {
    expect(await overHttp1(name, GROUPS.slice(0, 600))).toBe('HTTP/1.1 200 OK')
    expect(await overHttp1(name, FEW)).toBe('HTTP/1.1 431 Request Header Fields Too Large')
    expect(groupsSeen()).toEqual([600])
  })

  it.each([
    ['that acknowledge our settings', 1, RST_STREAM],
    ['that do not', 0, HEADERS],
  ])('may be 64 KiB from others over HTTP/2, from clients %s', async (_, settings, refusal) => {
    expect((await overHttp2(undefined, GROUPS.slice(0, 500), { settings }))?.type).toBe(HEADERS)
    expect((await overHttp2('alice', FEW, { settings }))?.type).toBe(refusal)
    expect(groupsSeen()).toEqual([500])
  })

  it('is refused for too many headers rather than served without some of them', async () => {
    const short = Array.from({ length: 2000 }, (_, i) => `${i}`)
    expect(await overHttp1(undefined, short)).toBe('HTTP/1.1 431 Request Header Fields Too Large')
    expect(await overHttp1(undefined, short.slice(2))).toBe('HTTP/1.1 200 OK')
    expect(groupsSeen()).toEqual([1998])
  })
})
