import { afterEach, beforeEach, expect } from 'vitest'
import { type Authority, createAuthority } from '../../../certs/authority.ts'
import type { ApiserverCredentials, ApiserverTls } from '../../../src/cluster/credentials/apiserver-credentials.ts'
import { type ApiClient, type ApiRequest, createApiClient } from '../../../src/cluster/client/api-client.ts'
import type { RequestObserver } from '../../../src/cluster/client/request-sender.ts'
import { respond } from '../../support/fake-answers.ts'
import { type FakeApiserver, type FakeApiserverOptions, startFakeApiserver } from '../../support/fake-apiserver.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { tokenCredentials } from '../cluster-fixture.ts'

export const PATH = '/api/v1/things'
export const GET: ApiRequest = { method: 'GET', path: PATH }

/** A client and its apiserver, new for each test of the file; all that was started is stopped. */
export interface ClientFixture {
  authority: Authority
  clock: ManualClock
  apiserver: FakeApiserver
  client: ApiClient
  start(options?: Partial<FakeApiserverOptions>): Promise<FakeApiserver>
  connect(credentials: ApiserverCredentials, observer?: RequestObserver): ApiClient
  credentialsWith(tls: Partial<ApiserverTls>, server?: URL): ApiserverCredentials
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
    connect(credentials, observer) {
      const made = createApiClient({ credentials, clock: at.clock, userAgent: 'test/1', ...(observer && { observer }) })
      closing.unshift(() => made.close())
      return made
    },
    credentialsWith(tls, server = at.apiserver.url) {
      const credentials = tokenCredentials(server, at.apiserver.caPem)
      return { ...credentials, tls: { ...credentials.tls, ...tls } }
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
    at.client = at.connect(tokenCredentials(at.apiserver.url, at.apiserver.caPem))
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  return at
}
