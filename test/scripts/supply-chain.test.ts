import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { broughtBy, type LockFile, lockJson, readLockFile } from '../../scripts/lock-file.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const manifest = JSON.parse(read('package.json'))
const lock = readLockFile(lockJson())
const shipping = lock.packages.filter(({ dev }) => !dev)

/** Licences that ask for their text to be kept, and for nothing else that could bind who runs the server. */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
]
/** What npm runs by itself when a package is installed. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']
const REGISTRY = 'https://registry.npmjs.org/'

const paths = (packages: LockFile['packages']) => packages.map(({ path }) => path)
const unpinned = ({ packages }: LockFile) =>
  packages.filter(({ integrity, link }) => link || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''))
const fromElsewhere = ({ packages }: LockFile) =>
  packages.filter(({ resolved }) => resolved !== undefined && !resolved.startsWith(REGISTRY))

describe('the lock file', () => {
  it('has a hash for every package, and none from anywhere but the registry', () => {
    expect(lock.packages.length).toBeGreaterThan(100)
    expect(paths(unpinned(lock))).toEqual([])
    expect(paths(fromElsewhere(lock))).toEqual([])
    const ranges = Object.values({ ...manifest.dependencies, ...manifest.devDependencies }) as string[]
    expect(ranges.filter((range) => !/^[\^~]?\d+\.\d+\.\d+$/.test(range))).toEqual([])
  })

  it('is found wanting where it is', () => {
    const integrity = `sha512-${'A'.repeat(86)}==`
    const wrong = readLockFile({
      packages: {
        '': { dependencies: { a: '1' } },
        'node_modules/a': { version: '1.0.0', integrity, resolved: `${REGISTRY}a/-/a-1.0.0.tgz` },
        'node_modules/b': { version: '1.0.0' },
        'node_modules/c': { version: '1.0.0', integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
        'node_modules/d': { resolved: '../d', link: true },
        'node_modules/e': { version: '1.0.0', integrity, resolved: 'git+ssh://git@host/e.git#0123' },
      },
    })
    expect(paths(unpinned(wrong))).toEqual(['node_modules/b', 'node_modules/c', 'node_modules/d'])
    expect(paths(fromElsewhere(wrong))).toEqual(['node_modules/d', 'node_modules/e'])
  })

  it('lets nothing run on installing but what is allowed to, and nothing at all of what ships', () => {
    const scripted = lock.packages.filter(({ hasInstallScript }) => hasInstallScript)
    expect(scripted.map(({ name }) => name)).toEqual(Object.keys(manifest.allowScripts))
    expect(paths(scripted.filter(({ dev }) => !dev))).toEqual([])
  })

  it('has permissive licences for all that ships', () => {
    expect(
      shipping.filter(({ license }) => !PERMISSIVE.includes(license ?? '')).map((p) => `${p.name}: ${p.license}`),
    ).toEqual([])
  })
})

describe('this package', () => {
  it('runs nothing when it is installed', () => {
    expect(Object.keys(manifest.scripts).filter((name) => INSTALL_SCRIPTS.includes(name))).toEqual([])
  })

  it('argues each direct dependency, and no other', () => {
    const argued = [...read('docs/supply-chain.md').matchAll(/^### (.+)$/gm)].map(([, name]) => name)
    expect(argued.sort()).toEqual(Object.keys(manifest.dependencies).sort())
    expect([...lock.direct].sort()).toEqual(argued)
  })

  it('knows by what each package that ships is brought', () => {
    const bringers = broughtBy(lock)
    expect(paths(shipping).filter((path) => !bringers.has(path))).toEqual([])
    const nested = readLockFile({
      packages: {
        '': { dependencies: { a: '1', b: '1' } },
        'node_modules/a': { dependencies: { c: '1' } },
        'node_modules/a/node_modules/c': {},
        'node_modules/b': { dependencies: { c: '2', absent: '1' } },
        'node_modules/c': { dependencies: { b: '1' } },
      },
    })
    expect([...broughtBy(nested)]).toEqual([
      ['node_modules/a', ['a']],
      ['node_modules/a/node_modules/c', ['a']],
      ['node_modules/b', ['b']],
      ['node_modules/c', ['b']],
    ])
  })
})
