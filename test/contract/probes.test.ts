import { afterEach, describe, expect, it } from 'vitest'
import { contract } from './support/contract.ts'
import { createWorld, type World } from './support/world.ts'

/** What the Go server's library lists of every server that listens. */
const LIBRARY =
  '[+]log ok\n[+]poststarthook/max-in-flight-filter ok\n[+]poststarthook/storage-object-count-tracker-hook ok\n'

contract('probes', ({ ask, asAdmin }) => {
  it.each(['/healthz', '/livez', '/readyz'])('%s is open to everybody', async (path) => {
    const { status, text, headers } = await ask({ path })
    expect([status, text]).toEqual([200, 'ok'])
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('lists each check when it is verbose', async () => {
    const { text } = await asAdmin('/readyz?verbose')
    expect(text).toBe(`[+]ping ok\n${LIBRARY}[+]metric-storage-ready ok\n[+]shutdown ok\nreadyz check passed\n`)
  })

  it('leaves out checks, and says which it does not know', async () => {
    const { text } = await asAdmin('/readyz?verbose&exclude=ping&exclude=b&exclude=a')
    expect(text).toBe(
      `[+]ping excluded: ok\n${LIBRARY}[+]metric-storage-ready ok\n[+]shutdown ok\n` +
        'warn: some health checks cannot be excluded: no matches for "a","b"\nreadyz check passed\n',
    )
  })

  it('gives strangers the same lines, which the Go server has too, and no figures', async () => {
    const { text } = await ask({ path: '/readyz?verbose' })
    expect(text).toBe(`[+]ping ok\n${LIBRARY}[+]metric-storage-ready ok\n[+]shutdown ok\nreadyz check passed\n`)
  })

  it('makes a single check', async () => {
    const { status, text } = await asAdmin('/readyz/metric-storage-ready')
    expect([status, text]).toEqual([200, 'ok'])
    expect((await asAdmin('/livez/poststarthook/max-in-flight-filter')).status).toBe(200)
    expect((await asAdmin('/livez/metric-storage-ready')).status).toBe(404)
  })
})

describe('a probe that fails', () => {
  let world: World
  const ask = (url: string) => world.api.server.inject({ url, headers: { authorization: 'Bearer admin' } })
  afterEach(() => world.api.close())

  it('withholds the reason, but not at the path of the check', async () => {
    const checks = [{ name: 'storage', endpoints: ['readyz' as const], check: () => 'no metrics to serve' }]
    world = await createWorld({ checks })
    const all = await ask('/readyz')
    expect(all.statusCode).toBe(500)
    expect(all.body).toBe(
      `[+]ping ok\n${LIBRARY}[-]storage failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n`,
    )
    expect((await ask('/readyz?exclude=storage')).body).toBe('ok')
    expect((await ask('/readyz/storage')).body).toBe('internal server error: no metrics to serve\n')
    expect((await ask('/livez')).statusCode).toBe(200)
    expect(world.errors).toEqual([])
  })

  it('is listed by a check that the Go server does not have only while that fails', async () => {
    let reason: string | undefined = 'not yet'
    world = await createWorld({ checks: [{ name: 'own', endpoints: ['readyz'], isOurs: true, check: () => reason }] })
    expect((await ask('/readyz')).body).toContain('\n[-]own failed: reason withheld\n')
    reason = undefined
    expect((await ask('/readyz?verbose')).body).toBe(`[+]ping ok\n${LIBRARY}[+]shutdown ok\nreadyz check passed\n`)
    expect((await ask('/readyz/own')).body).toBe('ok')
  })

  it('is readyz, as soon as the server begins to stop', async () => {
    world = await createWorld()
    expect((await ask('/readyz')).statusCode).toBe(200)
    world.api.beginShutdown()
    expect((await ask('/readyz')).body).toContain('[-]shutdown failed: reason withheld')
    expect((await ask('/readyz/shutdown')).body).toBe('internal server error: process is shutting down\n')
    expect((await ask('/livez')).body).toBe('ok')
    expect((await ask('/apis')).statusCode).toBe(200)
  })
})
