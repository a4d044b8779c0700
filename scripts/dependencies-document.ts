import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleServer } from './bundle/bundle.ts'
import { bundledPackages } from './bundle/licences.ts'
import { broughtBy, type LockedPackage, lockJson, readLockFile } from './lock-file.ts'

/** Bytes of a package's files, without packages that are nested in it. */
function installedSize(folder: string): number {
  let size = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && entry.name !== 'node_modules') size += installedSize(path)
    else if (entry.isFile()) size += statSync(path).size
  }
  return size
}

const kilobytes = (bytes: number): string => Math.ceil(bytes / 1000).toLocaleString('en')

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0)

/** docs/dependencies.md, from the lock file, what is installed, and what of it is bundled. */
export async function dependenciesDocument(): Promise<string> {
  const lock = readLockFile(lockJson())
  const root = fileURLToPath(new URL('../', import.meta.url))
  const bringers = broughtBy(lock)
  const bundled = bundledPackages(await bundleServer())
  const listed = lock.packages
    .filter(({ dev }) => !dev)
    .map((one) => ({
      ...one,
      installed: installedSize(join(root, one.path)),
      shipped: bundled.get(one.path) ?? 0,
      by: bringers.get(one.path) ?? [],
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
  const isDirect = ({ path, name }: Pick<LockedPackage, 'path' | 'name'>) =>
    path === `node_modules/${name}` && lock.direct.includes(name)
  const shares = lock.direct.map((name) => {
    const brought = listed.filter(({ by }) => by.includes(name))
    const alone = listed.filter(({ by }) => by.length === 1 && by[0] === name)
    const installed = sum(brought.map((one) => one.installed))
    const shipped = sum(brought.map((one) => one.shipped))
    return `| \`${name}\` | ${brought.length} | ${alone.length} | ${kilobytes(installed)} | ${kilobytes(shipped)} |`
  })
  const rows = listed.map((one) => {
    const by = isDirect(one) ? '' : one.by.map((name) => `\`${name}\``).join(', ')
    const name = isDirect(one) ? `**${one.name}**` : one.name
    return `| ${name} | ${one.version} | ${one.license ?? 'not stated'} | ${kilobytes(one.installed)} | ${kilobytes(one.shipped)} | ${by} |`
  })
  const inBundle = listed.filter(({ shipped }) => shipped > 0)
  return [
    '# Packages that ship',
    '',
    'Generated from `package-lock.json`, `node_modules` and the bundle by `npm run generate`: do not edit. [supply-chain.md](supply-chain.md)',
    'says why each of the direct ones is there.',
    '',
    `${listed.length} packages, ${kilobytes(sum(listed.map(({ installed }) => installed)))} kB installed. The image has no packages but the bundle, with code of ${inBundle.length} of them,`,
    `${kilobytes(sum(listed.map(({ shipped }) => shipped)))} kB before it is minified, and their licences in \`dist/THIRD-PARTY-LICENSES\`. Sizes are in thousands of bytes.`,
    '',
    '| direct dependency | packages with it | that nothing else brings | kB installed | kB in the bundle |',
    '|---|---:|---:|---:|---:|',
    ...shares,
    '',
    '| package | version | licence | kB installed | kB in the bundle | brought by |',
    '|---|---|---|---:|---:|---|',
    ...rows,
    '',
  ].join('\n')
}
