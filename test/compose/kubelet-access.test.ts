import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type KubeletAccess, kubeletAccess } from '../../src/compose/kubelet-access.ts'
import { parseOptions } from '../../src/options/parse.ts'

const CLUSTER: KubeletAccess = { insecure: false, ca: 'cluster ca', cert: 'cluster cert', key: 'cluster key' }
let dir: string
let file: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubelet-access-'))
  file = join(dir, 'file.pem')
  await writeFile(file, 'given')
})
afterEach(() => rm(dir, { recursive: true }))

function access(flags: string[], cluster: KubeletAccess = CLUSTER): Promise<KubeletAccess> {
  const outcome = parseOptions(flags)
  if (outcome.kind !== 'run') throw new Error(JSON.stringify(outcome))
  return kubeletAccess(outcome.options.kubelet, cluster)
}

describe('how kubelets are verified, and how we show who we are', () => {
  it('is as with the apiserver when no flag says otherwise', async () => {
    expect(await access([])).toEqual(CLUSTER)
  })

  it('is as the flags say, each for itself', async () => {
    expect(await access([`--kubelet-certificate-authority=${file}`])).toEqual({ ...CLUSTER, ca: 'given' })
    const pair = [`--kubelet-client-certificate=${file}`, `--kubelet-client-key=${file}`]
    expect(await access(pair)).toEqual({ ...CLUSTER, cert: 'given', key: 'given' })
  })

  it('is without verification when asked for, or when the kubeconfig does not verify the apiserver', async () => {
    const unverified = { ...CLUSTER, insecure: true, ca: undefined }
    expect(await access(['--kubelet-insecure-tls'])).toEqual(unverified)
    expect(await access([], { ...CLUSTER, insecure: true })).toEqual(unverified)
  })

  it('is with verification when a CA is given, whatever the kubeconfig does', async () => {
    const flags = [`--kubelet-certificate-authority=${file}`]
    expect(await access(flags, { ...CLUSTER, insecure: true })).toEqual({ ...CLUSTER, ca: 'given' })
  })

  it('shows nothing over plain HTTP', async () => {
    const { cert, key } = await access(['--deprecated-kubelet-completely-insecure'])
    expect([cert, key]).toEqual([undefined, undefined])
  })

  it('names the flag and the file that cannot be read', async () => {
    const flags = [`--kubelet-certificate-authority=${join(dir, 'absent')}`]
    await expect(access(flags)).rejects.toThrow(/^--kubelet-certificate-authority: cannot read .*absent: ENOENT$/)
  })
})
