import { describe, expect, it } from 'vitest'
import { lockJson, readLockFile } from '../../scripts/lock-file.ts'
import { makeSbom, productionLock } from '../../scripts/sbom.ts'

describe('the software bill of materials', () => {
  const text = makeSbom()
  const bom = JSON.parse(text)

  it('has every package that ships, and no other', () => {
    const shipping = readLockFile(lockJson()).packages.filter(({ dev }) => !dev)
    const named = bom.components.map(({ purl }: { purl: string }) => purl)
    const expected = shipping.map(({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`)
    expect(named.sort()).toEqual(expected.sort())
  })

  it('lists each one’s hash and licence, and what the project itself is', () => {
    for (const { hashes, licenses } of bom.components) {
      expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }])
      expect(licenses).toHaveLength(1)
    }
    expect(bom).toMatchObject({
      bomFormat: 'CycloneDX',
      serialNumber: expect.stringMatching(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      metadata: { component: { name: 'metrics-server-ts', type: 'application' } },
    })
  })

  it('is the same for the same lock file, and has a time only when it is given one', () => {
    expect(makeSbom()).toBe(text)
    expect(bom.metadata.timestamp).toBeUndefined()
    expect(JSON.parse(makeSbom('2026-01-01T00:00:00Z')).metadata.timestamp).toBe('2026-01-01T00:00:00Z')
  })

  it('is made of what is left without development', () => {
    const packages = {
      '': { dependencies: { a: '1' }, devDependencies: { b: '1' } },
      'node_modules/a': { version: '1' },
      'node_modules/b': { version: '1', dev: true },
    }
    expect(productionLock({ packages })).toEqual({
      packages: { '': { dependencies: { a: '1' } }, 'node_modules/a': { version: '1' } },
    })
  })
})
