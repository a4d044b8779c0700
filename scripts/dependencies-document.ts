import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { broughtBy, type LockedPackage, lockJson, readLockFile } from './lock-file.ts'

/** What the Dockerfile takes away: only compilers, debuggers and readers use it. */
const LEFT_BEHIND = /\.(map|ts|cts|mts|md)$/
const KEPT = /^licen[cs]e/i

interface Size {
  /** Bytes of all files. */
  readonly installed: number
  /** Of those that are in the image. */
  readonly shipped: number
}

/** Whether the image has a file of a package. */
export const isShipped = (fileName: string): boolean => !LEFT_BEHIND.test(fileName) || KEPT.test(fileName)

/** The files of a package, without packages that are nested in it. */
export function sizeOf(folder: string): Size {
  let [installed, shipped] = [0, 0]
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name === 'node_modules') continue
      const inside = sizeOf(path)
      installed += inside.installed
      shipped += inside.shipped
    } else if (entry.isFile()) {
      const { size } = statSync(path)
      installed += size
      if (isShipped(entry.name)) shipped += size
    }
  }
  return { installed, shipped }
}

const kilobytes = (bytes: number): string => Math.ceil(bytes / 1000).toLocaleString('en')

const total = (sizes: readonly Size[]): Size => ({
  installed: sizes.reduce((sum, { installed }) => sum + installed, 0),
  shipped: sizes.reduce((sum, { shipped }) => sum + shipped, 0),
})

/** docs/dependencies.md, from the lock file and what is installed. */
export function dependenciesDocument(): string {
  const lock = readLockFile(lockJson())
  const root = fileURLToPath(new URL('../', import.meta.url))
  const bringers = broughtBy(lock)
  const listed = lock.packages
    .filter(({ dev }) => !dev)
    .map((one) => ({ ...one, ...sizeOf(join(root, one.path)), by: bringers.get(one.path) ?? [] }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
  const isDirect = ({ path, name }: Pick<LockedPackage, 'path' | 'name'>) =>
    path === `node_modules/${name}` && lock.direct.includes(name)
  const shares = lock.direct.map((name) => {
    const brought = listed.filter(({ by }) => by.includes(name))
    const alone = listed.filter(({ by }) => by.length === 1 && by[0] === name)
    const { installed, shipped } = total(brought)
    return `| \`${name}\` | ${brought.length} | ${alone.length} | ${kilobytes(installed)} | ${kilobytes(shipped)} |`
  })
  const rows = listed.map((one) => {
    const by = isDirect(one) ? '' : one.by.map((name) => `\`${name}\``).join(', ')
    const name = isDirect(one) ? `**${one.name}**` : one.name
    return `| ${name} | ${one.version} | ${one.license ?? 'not stated'} | ${kilobytes(one.installed)} | ${kilobytes(one.shipped)} | ${by} |`
  })
  const all = total(listed)
  return [
    '# Packages that ship',
    '',
    'Generated from `package-lock.json` and `node_modules` by `npm run generate`: do not edit. [supply-chain.md](supply-chain.md)',
    'says why each of the direct ones is there.',
    '',
    `${listed.length} packages, ${kilobytes(all.installed)} kB installed, ${kilobytes(all.shipped)} kB in the image, which leaves out type declarations, source maps`,
    'and documentation. Sizes are sums of files, in thousands of bytes.',
    '',
    '| direct dependency | packages with it | that nothing else brings | kB installed | kB in the image |',
    '|---|---:|---:|---:|---:|',
    ...shares,
    '',
    '| package | version | licence | kB installed | kB in the image | brought by |',
    '|---|---|---|---:|---:|---|',
    ...rows,
    '',
  ].join('\n')
}
