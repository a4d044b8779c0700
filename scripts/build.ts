import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleScript, bundleServer } from './bundle/bundle.ts'
import { licencesOf } from './bundle/licences.ts'
import { sourceLinesOf } from './bundle/source-lines.ts'

// npm run build [-- --out FOLDER]: what the image runs.
const ROOT = fileURLToPath(new URL('../', import.meta.url))
const { out } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'dist') } } }).values

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const write = (name: string, text: string): void => writeFileSync(join(out, name), text)

const chunks = await bundleServer()
for (const { fileName, code, map } of chunks) {
  // As Node.js wraps a module of CommonJS; on one line with the code, which keeps the numbers of its lines.
  write(fileName, `(function (exports, require, module, __filename, __dirname) {${code}\n})\n`)
  if (map !== null) write(`${fileName}.map`, map.toString())
}
for (const name of ['main', 'write-code-cache']) write(`${name}.js`, (await bundleScript(name)).code)
write('source-lines.json', JSON.stringify(sourceLinesOf(chunks)))
write('THIRD-PARTY-LICENSES', licencesOf(chunks))
// What a browser runs is sent as it is.
cpSync(join(ROOT, 'src/api/pages/browser'), join(out, 'browser'), { recursive: true })
execFileSync(process.execPath, [join(out, 'write-code-cache.js')], { stdio: 'inherit' })
