import { globSync, readFileSync } from 'node:fs'

const ROOT = new URL('../../', import.meta.url).pathname

/** A TypeScript file of the project. */
export interface SourceFile {
  /** From the root of the project: "src/api/status.ts". */
  readonly path: string
  readonly text: string
  /** The text with its comments blanked out. */
  readonly code: string
}

/** Comments become blank. Only whole-line `//` comments count: others may be part of a string or a pattern. */
const withoutComments = (text: string): string =>
  text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^[^\S\n]*\/\/.*$/gm, '')

/** A file as the rules see it; `text` given for a file that is not there. */
export const sourceFile = (path: string, text = readFileSync(`${ROOT}${path}`, 'utf8')): SourceFile => ({
  path,
  text,
  code: withoutComments(text),
})

/** Every TypeScript file under these folders of the project. */
export function sourceFilesUnder(folders: readonly string[]): SourceFile[] {
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
  return paths.sort().map((path) => sourceFile(path))
}

// Statements begin a line (the formatter sees to it); `import(…)` stands anywhere, as a call or as a type.
const SPECIFIERS = [
  /^import\s+(?:type\s+)?[\w*{][^'"]*?\sfrom\s+['"]([^'"]+)['"]/gm,
  /^import\s+['"]([^'"]+)['"]/gm,
  /^export\s+(?:type\s+)?[*{][^'"]*?\sfrom\s+['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
  /\brequire\(\s*['"]([^'"]+)['"]/g,
]

/** What a file imports: static, dynamic, for types only, or re-exported. */
export const importsOf = ({ code }: SourceFile): string[] =>
  SPECIFIERS.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''))

const TYPE_IMPORT = /^import\s+type\s[^'"]*?\sfrom\s+['"][^'"]+['"]/gm

/** What a file imports at run time, and not only for types. */
export const runtimeImportsOf = (file: SourceFile): string[] =>
  importsOf({ ...file, code: file.code.replace(TYPE_IMPORT, '') })

/** Where a relative import leads, from the root of the project. */
export const resolveImport = (from: string, specifier: string): string =>
  new URL(specifier, `file:///${from}`).pathname.slice(1)

/** The package of a bare specifier: "@peculiar/x509/x" is "@peculiar/x509", "undici/types" is "undici". */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
