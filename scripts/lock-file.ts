import { readFileSync } from 'node:fs'

/** What package-lock.json (version 3) says of one installed package. */
export interface LockedPackage {
  /** "node_modules/a/node_modules/b". */
  readonly path: string
  readonly name: string
  readonly version: string
  readonly license: string | undefined
  readonly integrity: string | undefined
  readonly resolved: string | undefined
  /** It is a link to a folder, not a package. */
  readonly link: boolean
  /** Only development needs it. */
  readonly dev: boolean
  readonly hasInstallScript: boolean
  /** Names of what it needs, wants or is used beside. */
  readonly needs: readonly string[]
}

export interface LockFile {
  /** Names of the direct dependencies that ship. */
  readonly direct: readonly string[]
  /** Every package but the project itself. */
  readonly packages: readonly LockedPackage[]
}

/** The JSON of a lock file, as far as it is read here. */
export interface LockJson {
  readonly packages: Readonly<Record<string, LockEntry>>
}

export interface LockEntry {
  readonly version?: string
  readonly name?: string
  readonly license?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const FOLDER = 'node_modules/'

const readPackage = (path: string, entry: LockEntry): LockedPackage => ({
  path,
  name: entry.name ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
  version: entry.version ?? '',
  license: entry.license,
  integrity: entry.integrity,
  resolved: entry.resolved,
  link: entry.link === true,
  dev: entry.dev === true,
  hasInstallScript: entry.hasInstallScript === true,
  needs: Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies }),
})

export function readLockFile({ packages }: LockJson): LockFile {
  const installed = Object.entries(packages).filter(([path]) => path !== '')
  return {
    direct: Object.keys(packages['']?.dependencies ?? {}),
    packages: installed.map(([path, entry]) => readPackage(path, entry)),
  }
}

/** This project's. */
export const lockJson = (): LockJson =>
  JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as LockJson

/** Where Node.js finds a package of that name from within another one; `undefined` when it was not installed. */
function found(byPath: ReadonlyMap<string, LockedPackage>, from: string, name: string): LockedPackage | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf(`/${FOLDER}`)))) {
    const there = byPath.get(`${folder === '' ? '' : `${folder}/`}${FOLDER}${name}`)
    if (there !== undefined || folder === '') return there
  }
}

/** For each package the direct dependencies that bring it, by its path. */
export function broughtBy({ direct, packages }: LockFile): Map<string, string[]> {
  const byPath = new Map(packages.map((one) => [one.path, one]))
  const bringers = new Map<string, string[]>()
  for (const root of direct) {
    const seen = new Set<string>()
    const rest = [found(byPath, '', root)]
    for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
      if (seen.has(one.path)) continue
      seen.add(one.path)
      bringers.set(one.path, [...(bringers.get(one.path) ?? []), root])
      for (const name of one.needs) {
        const needed = found(byPath, one.path, name)
        if (needed !== undefined) rest.push(needed)
      }
    }
  }
  return bringers
}
