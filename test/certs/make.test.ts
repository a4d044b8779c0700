import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeCertificates } from '../../certs/make.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'

describe('the development certificates', () => {
  const folder = useTemporaryFolder()
  const read = (name: string) => new X509Certificate(readFileSync(join(folder.path, `${name}.crt`)))

  it('are two authorities and what each has signed, keys for their owner only', async () => {
    const said = await makeCertificates(folder.path)
    const names = readdirSync(folder.path).filter((name) => name.endsWith('.crt'))
    expect(said.map((line) => line.split(':')[0]).sort()).toEqual(names.sort())
    for (const [leaf, ca] of [
      ['serving', 'cluster-ca'],
      ['kubelet', 'cluster-ca'],
      ['admin', 'cluster-ca'],
      ['front-proxy-client', 'front-proxy-ca'],
    ] as const) {
      expect(read(leaf).verify(read(ca).publicKey), leaf).toBe(true)
      expect(statSync(join(folder.path, `${leaf}.key`)).mode & 0o777).toBe(0o600)
    }
    expect(read('front-proxy-client').verify(read('cluster-ca').publicKey)).toBe(false)
    expect(read('kubelet').subjectAltName).toBe('DNS:node-1')
  })
})
