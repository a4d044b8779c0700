import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '../../../certs/authority.ts'
import { loadApiserverCredentials } from '../../../src/cluster/credentials/load.ts'
import type { RunningFollower } from '../../../src/files/follower.ts'
import { followerOf } from '../../support/follower.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { createRecordingLog } from '../../support/recording-log.ts'
import { useTemporaryFolder } from '../../support/temporary-folder.ts'

const folder = useTemporaryFolder()
let clock: ManualClock
let follower: RunningFollower
let authority: Authority
beforeAll(async () => {
  authority = await createAuthority('cluster')
})
beforeEach(() => {
  clock = createManualClock()
  follower = followerOf(clock)
  follower.start()
})
afterEach(() => follower.stop())

describe('inside a cluster', () => {
  const inCluster = (host: string | undefined = '10.96.0.1', port: string | undefined = '443') =>
    loadApiserverCredentials({
      kubeconfig: undefined,
      serviceAccountDir: folder.path,
      // A proxy outside of the cluster does not know the addresses inside.
      env: { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, HTTPS_PROXY: 'http://proxy.corp:3128' },
      follower,
      clock,
      log: createRecordingLog(),
    })
  beforeEach(async () => {
    await writeFile(join(folder.path, 'token'), 'one\n')
    await writeFile(join(folder.path, 'ca.crt'), authority.certPem)
  })

  it.each([
    ['10.96.0.1', 'https://10.96.0.1'],
    ['fd00:10:96::1', 'https://[fd00:10:96::1]'],
    ['kubernetes.default', 'https://kubernetes.default'],
  ])('the service %s is reached at %s', async (host, origin) => {
    const credentials = await inCluster(host)
    expect(credentials.server.origin).toBe(origin)
    expect(credentials.tls.ca).toBe(authority.certPem)
    expect(credentials.proxy).toBeUndefined()
  })

  it('a replaced token is used within a minute, or at once after a 401', async () => {
    const credentials = await inCluster()
    await writeFile(join(folder.path, 'token'), 'two')
    expect(await credentials.authorization()).toBe('Bearer one')
    await clock.advance(50_000)
    await expect.poll(() => credentials.authorization()).toBe('Bearer two')
    await writeFile(join(folder.path, 'token'), 'three')
    credentials.invalidate()
    expect(await credentials.authorization()).toBe('Bearer three')
  })

  it('a token file that is gone for a while costs nothing until the token is refused', async () => {
    const credentials = await inCluster()
    await rm(join(folder.path, 'token'))
    await clock.advance(61_000)
    expect(await credentials.authorization()).toBe('Bearer one')
    credentials.invalidate()
    await expect(credentials.authorization()).rejects.toThrow(/token cannot be read: ENOENT/)
  })

  it.each([
    ['without the variables', () => inCluster(''), /not running inside a cluster/],
    ['with a host that is none', () => inCluster('a b'), /make no address: a b, 443/],
    ['without a token', () => rm(join(folder.path, 'token')).then(() => inCluster()), /token cannot be read: ENOENT/],
    [
      'with a token that no header can hold',
      () => writeFile(join(folder.path, 'token'), 'a\nb').then(() => inCluster()),
      /token holds something else than a token$/,
    ],
    [
      'with an empty token',
      () => writeFile(join(folder.path, 'token'), '\n').then(() => inCluster()),
      /token is empty/,
    ],
    [
      'with a ca.crt that is none',
      () => writeFile(join(folder.path, 'ca.crt'), 'CA').then(() => inCluster()),
      /ca\.crt holds no certificate/,
    ],
    ['without ca.crt', () => rm(join(folder.path, 'ca.crt')).then(() => inCluster()), /ca\.crt cannot be read: ENOENT/],
  ])('%s is an error', async (_name, attempt, message) => {
    await expect(attempt()).rejects.toThrow(message)
  })
})
