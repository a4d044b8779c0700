import { afterEach, beforeEach, expect } from 'vitest'
import { type Authority, createAuthority } from '../../../certs/authority.ts'
import type { ClusterAccess, ClusterTls } from '../../../src/cluster/credentials/credentials.ts'
import { type ApiClient, type ApiRequest, createApiClient } from '../../../src/cluster/client/api-client.ts'
import type { ExchangeObserver } from '../../../src/cluster/client/exchange.ts'
import { respond } from '../../support/fake-answers.ts'
import { type FakeApiserver, type FakeApiserverOptions, startFakeApiserver } from '../../support/fake-apiserver.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { tokenAccess } from '../cluster-fixture.ts'

export const PATH = '/api/v1/things'
export const GET: ApiRequest = { method: 'GET', path: PATH }

/** A client and its apiserver, new for each test of the file; all that was started is stopped. */
export interface ClientFixture {
  authority: Authority
  clock: ManualClock
  apiserver: FakeApiserver
  client: ApiClient
  start(options?: Partial<FakeApiserverOptions>): Promise<FakeApiserver>
  connect(access: ClusterAccess, observer?: ExchangeObserver): ApiClient
  accessWith(tls: Partial<ClusterTls>, server?: URL): ClusterAccess
  failureOf(request: ApiRequest, of?: ApiClient): Promise<Error>
}

export function useClient(): ClientFixture {
  const closing: (() => Promise<unknown>)[] = []
  const at = {
    async start(options = {}) {
      const server = await startFakeApiserver({ authority: at.authority, ...options })
      closing.push(() => server.stop().catch(() => undefined))
      server.handle(PATH, (_request, response) => respond(response, 200, { ok: true }))
      return server
    },
    connect(access, observer) {
      const made = createApiClient({ access, clock: at.clock, userAgent: 'test/1', ...(observer && { observer }) })
      closing.unshift(() => made.close())
      return made
    },
    accessWith(tls, server = at.apiserver.url) {
      const access = tokenAccess(server, at.apiserver.caPem)
      return { ...access, tls: { ...access.tls, ...tls } }
    },
    failureOf: (request, of = at.client) =>
      of.request(request).then(
        () => expect.unreachable('it answered'),
        (error: Error) => error,
      ),
  } as ClientFixture
  beforeEach(async () => {
    at.authority = await createAuthority('cluster')
    at.clock = createManualClock()
    at.apiserver = await at.start()
    at.client = at.connect(tokenAccess(at.apiserver.url, at.apiserver.caPem))
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  return at
}
