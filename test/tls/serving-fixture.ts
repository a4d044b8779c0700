import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll } from 'vitest'
import { createAuthority, type Pair } from '../../certs/authority.ts'
import type { RunningFollower } from '../../src/files/follower.ts'
import {
  loadServingCertificate,
  type ServingCertificate,
  type ServingCertificateOptions,
} from '../../src/tls/serving-certificate.ts'
import { followerOf } from '../support/follower.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import {
  createRecordingFaults,
  createRecordingLog,
  type RecordingFaults,
  type RecordingLog,
} from '../support/recording-log.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'

export const DAY_MS = 86_400_000

/** Milliseconds since the epoch. */
export const endOf = (serving: ServingCertificate) => serving.current().leaf.validToDate.getTime()
export const nameOf = (pem: string) => new X509Certificate(pem).subject

interface Loading {
  readonly clock: ManualClock
  readonly log: RecordingLog
  readonly faults: RecordingFaults
  readonly follower: RunningFollower
  load(): Promise<ServingCertificate>
}

/** Two pairs for the file, and an empty certificate directory for each of its tests. */
export interface ServingFixture {
  one: Pair
  two: Pair
  readonly folder: string
  /** Where the pair of the directory is. */
  crt(): string
  key(): string
  put(pair: Pair, folder?: string): Promise<void>
  setUp(given?: Partial<ServingCertificateOptions>): Loading
}

function loadingFrom(certDir: string, given: Partial<ServingCertificateOptions>): Loading {
  const clock = createManualClock({ wallMs: Date.now() })
  const log = createRecordingLog()
  const faults = createRecordingFaults()
  const follower = followerOf(clock, faults)
  const load = () =>
    loadServingCertificate({
      certFile: undefined,
      keyFile: undefined,
      certDir,
      pairName: 'apiserver',
      bindAddress: '0.0.0.0',
      hostNames: ['metrics-server-1'],
      clock,
      log,
      follower,
      ...given,
    })
  return { clock, log, faults, follower, load }
}

export function useServing(): ServingFixture {
  const directory = useTemporaryFolder()
  const at = {
    get folder() {
      return directory.path
    },
    crt: () => join(at.folder, 'apiserver.crt'),
    key: () => join(at.folder, 'apiserver.key'),
    async put({ certPem, keyPem }, folder = at.folder) {
      await writeFile(join(folder, 'apiserver.crt'), certPem)
      await writeFile(join(folder, 'apiserver.key'), keyPem)
    },
    setUp: (given = {}) => loadingFrom(at.folder, given),
  } as ServingFixture
  beforeAll(async () => {
    const authority = await createAuthority('ca')
    at.one = await authority.issue({ commonName: 'one', dns: ['localhost'], usage: 'server' })
    at.two = await authority.issue({ commonName: 'two', dns: ['localhost'], usage: 'server' })
  })
  return at
}
