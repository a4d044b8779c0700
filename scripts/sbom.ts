import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LockEntry, type LockJson, lockJson, readLockFile } from './lock-file.ts'

/** A software bill of materials, as far as it is looked at here. */
export interface Bom {
  readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[]
  readonly [part: string]: unknown
}

const without = <T extends object>(from: T, ...names: string[]): object =>
  Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)))

/** A lock file with nothing in it that only development needs. */
export function productionLock(lock: LockJson): object {
  const root = without(lock.packages[''] ?? {}, 'devDependencies') as LockEntry
  const kept = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true)
  return { ...lock, packages: Object.fromEntries([['', root], ...kept]) }
}

/**
 * The project without its development, as a folder of the package's name: `npm sbom --omit=dev` leaves out packages that
 * both sides need, and calls the project as its folder is called.
 */
function askNpm(manifest: { readonly name: string }, lock: LockJson): Bom {
  const scratch = mkdtempSync(join(tmpdir(), 'sbom-'))
  try {
    const folder = join(scratch, manifest.name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify(without(manifest, 'devDependencies', 'allowScripts')))
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(productionLock(lock)))
    const words = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application']
    const said = execFileSync('npm', words, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 })
    return JSON.parse(said.toString()) as Bom
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** A UUID that is the same for the same text (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/**
 * What ships, in CycloneDX's JSON: every package with version, licence, hash and what it depends on. The same lock file
 * gives the same bytes, with `timestamp` (RFC 3339) in it when that is given.
 * @throws Error when a package that ships is not in it.
 */
export function makeSbom(timestamp?: string): string {
  const lock = lockJson()
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { name: string }
  const reported = askNpm(manifest, lock)
  const listed = new Set(reported.components.map(({ name, version }) => `${name}@${version}`))
  const missing = readLockFile(lock).packages.filter((one) => !one.dev && !listed.has(`${one.name}@${one.version}`))
  if (missing.length > 0) throw new Error(`npm sbom leaves out ${missing.map(({ path }) => path).join(', ')}`)
  const metadata = {
    ...(timestamp !== undefined && { timestamp }),
    ...without(reported.metadata as object, 'timestamp'),
  }
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify({ ...reported, metadata, serialNumber: '' }))}`
  return `${JSON.stringify({ ...reported, serialNumber, metadata }, undefined, 2)}\n`
}

// node scripts/sbom.ts [FILE]: writes it to the file, or prints it. SOURCE_DATE_EPOCH is the time in it.
if (import.meta.main) {
  const [file] = process.argv.slice(2)
  const epoch = process.env.SOURCE_DATE_EPOCH
  const text = makeSbom(epoch === undefined ? undefined : new Date(Number(epoch) * 1000).toISOString())
  if (file === undefined) process.stdout.write(text)
  else writeFileSync(file, text)
}
