import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { render } from '../../scripts/kustomize.ts'
import { identityOf, type Manifest, parseManifests } from '../support/manifests.ts'

const SCRIPT = 'scripts/manifests.ts'
const sorted = (manifests: readonly Manifest[]) =>
  manifests.toSorted((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifests-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const check = () => {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--check', '--out', folder], { encoding: 'utf8' })
  return { status, stderr }
}
const write = (...flags: string[]) => execFileSync(process.execPath, [SCRIPT, '--out', folder, ...flags])

describe('the released manifests', () => {
  it.each([
    ['components.yaml', 'manifests/base'],
    ['high-availability.yaml', 'manifests/overlays/high-availability'],
  ])('%s holds the objects of %s', (file, directory) => {
    const released = parseManifests(readFileSync(`manifests/release/${file}`, 'utf8'))
    expect(sorted(released)).toEqual(sorted(render(directory) as Manifest[]))
  })

  it('are told to be stale when they are missing or differ, and only then', () => {
    expect(check()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('components.yaml is stale: npm run manifests'),
    })
    write()
    expect(check()).toEqual({ status: 0, stderr: '' })
    appendFileSync(join(folder, 'high-availability.yaml'), '---\n')
    expect(check()).toEqual({
      status: 1,
      stderr: `${join(folder, 'high-availability.yaml')} is stale: npm run manifests\n`,
    })
  })

  it('take the image of somebody who has one', () => {
    write('--image', 'registry.example.com/a:1')
    const text = readFileSync(join(folder, 'components.yaml'), 'utf8')
    expect(text.match(/image: .*/g)).toEqual(['image: registry.example.com/a:1'])
  })
})

describe('a patch', () => {
  const kustomization = (patch: string) => {
    mkdirSync(join(folder, 'it'))
    writeFileSync(join(folder, 'it', 'map.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n')
    const target = patch.startsWith('- op') ? 'ConfigMap' : 'Secret'
    const text = JSON.stringify({ resources: ['map.yaml'], patches: [{ target: { kind: target }, patch }] })
    writeFileSync(join(folder, 'it', 'kustomization.yaml'), text)
    return () => render(join(folder, 'it'))
  }

  it('that fits nothing is an error', () => {
    expect(kustomization('- op: replace\n  path: /data/a\n  value: b')).toThrow(/does not fit ConfigMap a: .*\/data\/a/)
  })

  it('that finds nothing is an error', () => {
    expect(kustomization('[]')).toThrow(/finds no Secret/)
  })
})
