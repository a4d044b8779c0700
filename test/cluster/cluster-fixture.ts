import { vi } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import type { ApiserverCredentials, ApiserverTls } from '../../src/cluster/credentials/apiserver-credentials.ts'
import { type ApiClient, createApiClient } from '../../src/cluster/client/api-client.ts'
import { type FakeApiserver, startFakeApiserver } from '../support/fake-apiserver.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import {
  createRecordingFaults,
  createRecordingLog,
  type RecordingFaults,
  type RecordingLog,
} from '../support/recording-log.ts'

/** Access with a fixed token, as a kubeconfig gives it. */
export function tokenCredentials(
  server: URL,
  ca: string,
  token: string | undefined = 'secret-token',
): ApiserverCredentials {
  const tls: ApiserverTls = { ca, cert: undefined, key: undefined, servername: undefined, insecure: false }
  const authorization = token === undefined ? undefined : `Bearer ${token}`
  return {
    server,
    tls,
    proxy: undefined,
    authorization: () => Promise.resolve(authorization),
    invalidate: () => undefined,
    place: 'test',
    renew: () => Promise.resolve(false),
    onChange: () => undefined,
  }
}

export interface ClusterFixture {
  readonly apiserver: FakeApiserver
  readonly client: ApiClient
  readonly clock: ManualClock
  readonly faults: RecordingFaults
  readonly log: RecordingLog
  /** What the followers of this room take, randomness in the middle. */
  readonly parts: {
    client: ApiClient
    clock: ManualClock
    random: () => number
    faults: RecordingFaults
    log: RecordingLog
  }
  /** Waits for what the network brings, time standing still. */
  until(check: () => void): Promise<void>
  /** As {@link until}, a second passing between tries: for what a back-off holds up. */
  inTime(check: () => void): Promise<void>
  close(): Promise<void>
}

export async function startClusterFixture(): Promise<ClusterFixture> {
  const authority = await createAuthority('cluster')
  const apiserver = await startFakeApiserver({ authority })
  const clock = createManualClock()
  const credentials = tokenCredentials(apiserver.url, apiserver.caPem)
  const client = createApiClient({ credentials, clock, userAgent: 'test/1' })
  const faults = createRecordingFaults()
  const log = createRecordingLog()
  return {
    apiserver,
    client,
    clock,
    faults,
    log,
    parts: { client, clock, random: () => 0.5, faults, log },
    until: (check) => vi.waitFor(check, { timeout: 5000, interval: 5 }),
    inTime: (check) =>
      vi.waitFor(
        async () => {
          await clock.advance(1000)
          check()
        },
        { timeout: 8000, interval: 20 },
      ),
    async close() {
      await client.close()
      await apiserver.stop().catch(() => undefined)
    },
  }
}
