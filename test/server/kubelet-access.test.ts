import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority, type Pair } from '../../certs/authority.ts'
import { followKubeletAccess, type KubeletAccess } from '../../src/server/kubelet-access.ts'
import { parseOptions } from '../../src/options/parse.ts'
import { followerOf } from '../support/follower.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults } from '../support/recording-log.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'
import { turnUntil } from '../support/turn-until.ts'

const CLUSTER: KubeletAccess = { insecure: false, ca: 'cluster ca', cert: 'cluster cert', key: 'cluster key' }
const folder = useTemporaryFolder()
let caPem: string
let mine: Pair
let next: Pair
beforeAll(async () => {
  const authority = await createAuthority('kubelets')
  caPem = authority.certPem
  const issue = () => authority.issue({ commonName: 'metrics-server', usage: 'client' })
  ;[mine, next] = await Promise.all([issue(), issue()])
})

const path = (name: string) => join(folder.path, name)
const CA = () => `--kubelet-certificate-authority=${path('ca')}`
const PAIR = () => [`--kubelet-client-certificate=${path('cert')}`, `--kubelet-client-key=${path('key')}`]
beforeEach(async () => {
  await writeFile(path('ca'), caPem)
  await writeFile(path('cert'), mine.certPem)
  await writeFile(path('key'), mine.keyPem)
})

async function follow(flags: string[], tls: KubeletAccess = CLUSTER) {
  const outcome = parseOptions(flags)
  if (outcome.kind !== 'run') throw new Error(JSON.stringify(outcome))
  const clock = createManualClock()
  const faults = createRecordingFaults()
  const follower = followerOf(clock, faults)
  const listeners: (() => void)[] = []
  const cluster = { tls, place: 'kubeconfig', onChange: (listener: () => void) => void listeners.push(listener) }
  const access = await followKubeletAccess(outcome.options.kubelet, cluster, follower)
  let changes = 0
  access.onChange(() => changes++)
  follower.start()
  const changeCluster = (changed: Partial<KubeletAccess>) => {
    Object.assign(cluster, { tls: { ...cluster.tls, ...changed } })
    for (const listener of listeners) listener()
  }
  return { access, clock, faults, changes: () => changes, changeCluster }
}
const access = async (...given: Parameters<typeof follow>) => (await follow(...given)).access.current()

describe('how kubelets are verified, and how we show who we are', () => {
  it('is as with the apiserver when no flag says otherwise', async () => {
    expect(await access([])).toEqual(CLUSTER)
  })

  it('is as the flags say, each for itself', async () => {
    expect(await access([CA()])).toEqual({ ...CLUSTER, ca: caPem })
    expect(await access(PAIR())).toEqual({ ...CLUSTER, cert: mine.certPem, key: mine.keyPem })
  })

  it('is without verification when asked for, or when the kubeconfig does not verify the apiserver', async () => {
    const unverified = { ...CLUSTER, insecure: true, ca: undefined }
    expect(await access(['--kubelet-insecure-tls'])).toEqual(unverified)
    expect(await access([], { ...CLUSTER, insecure: true })).toEqual(unverified)
  })

  it('is with verification when a CA is given, whatever the kubeconfig does', async () => {
    expect(await access([CA()], { ...CLUSTER, insecure: true })).toEqual({ ...CLUSTER, ca: caPem })
  })

  it('shows nothing over plain HTTP', async () => {
    const { cert, key } = await access(['--deprecated-kubelet-completely-insecure'])
    expect([cert, key]).toEqual([undefined, undefined])
  })

  it('names the flag and the file that cannot be used', async () => {
    const flags = [`--kubelet-certificate-authority=${path('absent')}`]
    await expect(access(flags)).rejects.toThrow(
      /^--kubelet-certificate-authority: the file .*absent cannot be read: ENOENT: no such file or directory$/,
    )
    await writeFile(path('ca'), 'nothing')
    await expect(access([CA()])).rejects.toThrow(/^--kubelet-certificate-authority: .*ca holds no certificate$/)
    await writeFile(path('key'), next.keyPem)
    await expect(access(PAIR())).rejects.toThrow(/key does not belong to the certificate .*cert$/)
  })

  it('follows the files of the flags, and keeps what was when a pair does not belong together', async () => {
    const { access, clock, faults, changes } = await follow([CA(), ...PAIR()])
    await writeFile(path('cert'), next.certPem)
    await turnUntil(clock, () => faults.open.size === 1)
    expect(access.current().cert).toBe(mine.certPem)
    await writeFile(path('key'), next.keyPem)
    await turnUntil(clock, () => changes() === 1)
    expect(access.current()).toMatchObject({ ca: caPem, cert: next.certPem, key: next.keyPem })
    expect(faults.open.size).toBe(0)
    const other = await createAuthority('other')
    await writeFile(path('ca.new'), other.certPem)
    await rename(path('ca.new'), path('ca'))
    await turnUntil(clock, () => changes() === 2)
    expect(access.current().ca).toBe(other.certPem)
  })

  it('follows the credentials for the apiserver where no flag says otherwise', async () => {
    const { access, changes, changeCluster } = await follow([CA()])
    changeCluster({ ca: 'another' })
    expect(changes()).toBe(0)
    changeCluster({ cert: 'another', key: 'another' })
    expect(changes()).toBe(1)
    expect(access.current()).toMatchObject({ ca: caPem, cert: 'another' })
  })
})
