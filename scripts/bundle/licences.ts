import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OutputChunk } from 'rolldown'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The package that a module of the bundle is from, as the path of its folder in the project; `undefined`: from this one. */
export function packageOfModule(id: string): string | undefined {
  // What the bundler itself adds.
  if (id.startsWith('\0rolldown/')) return 'node_modules/rolldown'
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.startsWith(ROOT) ? id.slice(ROOT.length) : id)?.[0]
}

/** The bytes of each package in the bundle before it is minified, by the path of the package's folder. */
export function bundledPackages(chunks: readonly OutputChunk[]): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const [id, { renderedLength }] of chunks.flatMap(({ modules }) => Object.entries(modules))) {
    const folder = packageOfModule(id)
    if (folder !== undefined) bytes.set(folder, (bytes.get(folder) ?? 0) + renderedLength)
  }
  return bytes
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly author?: string | { readonly name: string }
}

/** A package without a licence file says in its manifest whose it is and under which licence. */
const stated = ({ license, author }: Manifest): string =>
  `${license ?? 'No licence stated'}${author === undefined ? '' : `, by ${typeof author === 'string' ? author : author.name}`}`

function licenceOf(folder: string): string {
  const path = join(ROOT, folder)
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest
  const names = readdirSync(path).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
  const texts = names.sort().map((name) => readFileSync(join(path, name), 'utf8').trim())
  return [`${manifest.name} ${manifest.version}`, ...(texts.length > 0 ? texts : [stated(manifest)])].join('\n\n')
}

/** The licences and notices of all packages of which the bundle has code, as they ask for. */
export const licencesOf = (chunks: readonly OutputChunk[]): string =>
  [...bundledPackages(chunks).keys()]
    .sort()
    .map(licenceOf)
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n')
