import { importsOf, packageOf, resolveImport, runtimeImportsOf, type SourceFile } from './source-files.ts'

/** A folder of the server, a folder in it that has rules of its own, or one of the three files above all folders. */
export type Place = string

/** Who may import whom, besides itself. `*` is every folder. */
export const MAY_IMPORT: ReadonlyMap<Place, readonly Place[]> = new Map([
  ['kubernetes', []],
  ['model', ['kubernetes']],
  ['files', ['model']],
  ['tls', ['files', 'model']],
  ['options', ['kubernetes', 'model']],
  ['cluster', ['tls', 'files', 'kubernetes', 'model']],
  ['kubelet/decode', ['model']],
  ['kubelet/client', ['kubelet/decode', 'tls', 'model']],
  ['kubelet/diagnose', ['kubelet/client', 'model']],
  ['scrape', ['model']],
  ['store', ['model']],
  ['api', ['tls', 'kubernetes', 'model']],
  ['auth', ['tls', 'files', 'model']],
  ['telemetry', ['tls', 'kubernetes', 'model']],
  ['doctor', ['tls', 'model']],
  ['server', ['*']],
  ['program', ['options', 'model']],
  ['engine', []],
  ['main', ['engine', 'program', 'options', 'server']],
])

/** Whose types a place may import beside that: those of what it serves, so that a type is declared once. */
export const MAY_IMPORT_TYPES: ReadonlyMap<Place, readonly Place[]> = new Map([
  ['scrape', ['kubelet/client', 'store']],
  ['options', ['tls']],
  ['auth', ['cluster']],
  ['telemetry', ['api', 'auth', 'cluster', 'scrape', 'store']],
])

/** Which places may use which library. */
export const LIBRARIES: ReadonlyMap<string, readonly Place[]> = new Map([
  ['fastify', ['api']],
  ['undici', ['kubelet/client', 'cluster']],
  ['@kubernetes/client-node', ['cluster']],
  ['js-yaml', ['api', 'cluster']],
  ['lru-cache', ['auth']],
  ['pino', ['telemetry']],
])

/**
 * The place of a file under src: "src/api/json/list.ts" is in "api", "src/kubelet/client/a.ts" in "kubelet/client", and
 * "src/server.ts" is "server".
 */
export function placeOf(path: string): Place {
  const [, folder = '', inner] = path.split('/')
  const nested = `${folder}/${inner}`
  return MAY_IMPORT.has(nested) ? nested : folder.replace(/\.ts$/, '')
}

const mayImport = (from: Place, to: Place): boolean => {
  if (from === to) return true
  const allowed = MAY_IMPORT.get(from) ?? []
  return allowed.includes(to) || (allowed.includes('*') && to !== 'main')
}

const mayImportTypes = (from: Place, to: Place): boolean => MAY_IMPORT_TYPES.get(from)?.includes(to) === true

function problemOf(file: SourceFile, specifier: string): string | undefined {
  const from = placeOf(file.path)
  if (specifier.startsWith('node:')) return undefined
  if (specifier.startsWith('.')) {
    const target = resolveImport(file.path, specifier)
    if (target === 'package.json') return undefined
    if (!target.startsWith('src/')) return `${file.path} imports ${target}, which does not ship`
    const to = placeOf(target)
    const isType = !runtimeImportsOf(file).includes(specifier)
    return mayImport(from, to) || (isType && mayImportTypes(from, to)) ? undefined : `${file.path} imports ${target}`
  }
  const library = packageOf(specifier)
  return LIBRARIES.get(library)?.includes(from) ? undefined : `${file.path} imports the library ${library}`
}

/** Every import of these files (under src) that the two tables do not allow. */
export const forbiddenImports = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) => importsOf(file).flatMap((specifier) => problemOf(file, specifier) ?? []))

/** The circles in which these files import each other, type-only imports included: each as the paths along it. */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const imports = new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolveImport(file.path, specifier)),
    ]),
  )
  const cycles: string[][] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at !== -1) cycles.push([...trail.slice(at), path])
    if (at !== -1 || done.has(path)) return
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of imports.keys()) visit(path, [])
  return cycles
}
