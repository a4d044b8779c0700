import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readFromTar } from './tar.ts'

/** The Debian package that promtool is in; its servers are not wanted, so it is taken apart and not installed. */
const PACKAGE = 'prometheus'
const MEMBER = './usr/bin/promtool'
const MAX_BYTES = 2 ** 28

/** apt's lists in a folder of ours: whoever checks need not be root, and a fresh machine has none of its own. */
function aptIn(folder: string): string[] {
  const state = ['lists/partial', 'cache/archives/partial'].map((path) => join(folder, path))
  for (const path of state) mkdirSync(path, { recursive: true })
  return ['-o', `Dir::State::lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${join(folder, 'cache')}`]
}

/** Puts promtool into a directory and gives its path. The package is verified by apt, with the keys that the system trusts. */
export function fetchPromtool(directory: string): string {
  const folder = resolve(directory)
  const apt = aptIn(folder)
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: MAX_BYTES })
  // As root, apt would take its downloads to another user who cannot write here.
  const options = [...apt, '-o', 'APT::Sandbox::User=', '-qq']
  run('apt-get', [...options, 'update'])
  run('apt-get', [...options, 'download', PACKAGE])
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'))
  if (archive === undefined) throw new Error(`apt-get download ${PACKAGE} left no archive in ${folder}`)
  const path = join(folder, 'promtool')
  writeFileSync(path, readFromTar(run('dpkg-deb', ['--fsys-tarfile', archive]), MEMBER), { mode: 0o755 })
  for (const name of [archive, 'lists', 'cache']) rmSync(join(folder, name), { recursive: true })
  return path
}

// node scripts/fetch-promtool.ts DIRECTORY: prints the path of the promtool that it put there.
if (import.meta.main) {
  const [directory] = process.argv.slice(2)
  if (directory === undefined) {
    console.error('usage: node scripts/fetch-promtool.ts DIRECTORY')
    process.exitCode = 1
  } else console.log(fetchPromtool(directory))
}
