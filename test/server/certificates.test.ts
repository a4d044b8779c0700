import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { createAuthority, type Pair } from '../../certs/authority.ts'
import { openCertificates } from '../../src/server/certificates.ts'
import type { OpenCluster } from '../../src/server/open-cluster.ts'
import type { Options } from '../../src/options/options.ts'
import { followerOf } from '../support/follower.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults, createRecordingLog } from '../support/recording-log.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'

const folder = useTemporaryFolder()
let pair: Pair
beforeAll(async () => {
  pair = await (await createAuthority('ca')).issue({ commonName: 'metrics', dns: ['localhost'], usage: 'server' })
})

it('every key of the flags that others may read is warned of', async () => {
  const write = async (name: string, mode: number) => {
    const files = { certFile: join(folder.path, `${name}.crt`), keyFile: join(folder.path, `${name}.key`) }
    await writeFile(files.certFile, pair.certPem)
    await writeFile(files.keyFile, pair.keyPem)
    await chmod(files.keyFile, mode)
    return files
  }
  const serving = await write('serving', 0o644)
  const sni = [await write('sni', 0o644), await write('closed', 0o600)]
  const kubelet = await write('kubelet', 0o644)
  const clock = createManualClock({ wallMs: Date.now() })
  const log = createRecordingLog()
  const tls = { insecure: false, ca: undefined, cert: undefined, key: undefined }
  await openCertificates({
    options: {
      serving: { ...serving, certDir: '', sniCertKeys: sni.map((files) => ({ ...files, names: [] })) },
      kubelet: { clientCertFile: kubelet.certFile, clientKeyFile: kubelet.keyFile },
    } as unknown as Options,
    cluster: { access: { tls, place: 'kubeconfig', onChange: () => {} } } as unknown as OpenCluster,
    follower: followerOf(clock, createRecordingFaults(), log),
    clock,
    log,
  })
  const warned = log.lines.filter(({ message }) => message.includes('chmod')).map(({ fields }) => fields?.path)
  expect(warned).toEqual([serving.keyFile, sni[0]?.keyFile, kubelet.keyFile])
})
