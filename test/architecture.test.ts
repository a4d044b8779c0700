import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  forbiddenImports,
  importCycles,
  LIBRARIES,
  MAY_IMPORT,
  MAY_IMPORT_TYPES,
  placeOf,
} from './support/architecture.ts'
import { importsOf, type SourceFile, sourceFile, sourceFilesUnder } from './support/source-files.ts'

const server = sourceFilesUnder(['src'])
const everything = [...server, ...sourceFilesUnder(['sim', 'test', 'scripts', 'bench', 'certs'])]
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

const pathsWhere = (files: readonly SourceFile[], holds: (file: SourceFile) => boolean) =>
  files.filter(holds).map((file) => file.path)

describe('who may import whom', () => {
  it('is kept', () => {
    expect(forbiddenImports(server)).toEqual([])
  })

  it('has every folder of src in its table', () => {
    expect(server.map((file) => placeOf(file.path)).filter((place) => !MAY_IMPORT.has(place))).toEqual([])
  })

  it('has every dependency that ships in its table', () => {
    expect([...LIBRARIES.keys()].sort()).toEqual(Object.keys(JSON.parse(read('package.json')).dependencies).sort())
  })

  it.each([
    ['another folder', 'src/store/a.ts', "import { b } from '../scrape/b.ts'"],
    ['a type of another', 'src/store/a.ts', "import type { B } from '../scrape/b.ts'"],
    ['more than a type', 'src/telemetry/a.ts', "import { b } from '../scrape/b.ts'"],
    ['a type in passing', 'src/store/a.ts', "const a: import('../scrape/b.ts').B = 1"],
    ['a folder when it is needed', 'src/store/a.ts', "const b = await import('../scrape/b.ts')"],
    ['several lines of names', 'src/store/a.ts', "import {\n  a,\n  b,\n} from '../scrape/b.ts'"],
    ['a re-export', 'src/store/a.ts', "export { b } from '../scrape/b.ts'"],
    ['a folder for what it does on loading', 'src/store/a.ts', "import '../scrape/b.ts'"],
    ['a folder above within one', 'src/kubelet/decode/a.ts', "import { b } from '../client/b.ts'"],
    ['a folder from the model', 'src/model/a.ts', "import { b } from '../store/b.ts'"],
    ['main', 'src/server.ts', "import { b } from './main.ts'"],
    ['a folder from main', 'src/main.ts', "import { b } from './store/b.ts'"],
    ['what does not ship', 'src/store/a.ts', "import { b } from '../../sim/b.ts'"],
    ['a library of another folder', 'src/store/a.ts', "import { fetch } from 'undici'"],
    ['a library that nobody may use', 'src/api/a.ts', "import x from '@nobody/knows/it'"],
  ])('finds %s', (_, path, text) => {
    expect(forbiddenImports([sourceFile(path, text)])).toHaveLength(1)
  })

  it.each([
    ['the model', 'src/store/a.ts', "import { b } from '../model/b.ts'"],
    ['a type of what it serves', 'src/telemetry/a.ts', "import type { B } from '../scrape/b.ts'"],
    ['its own folder', 'src/store/deep/a.ts', "import { b } from '../b.ts'"],
    ['a library of its own', 'src/kubelet/client/a.ts', "import { Agent } from 'undici'"],
    ['Node.js', 'src/store/a.ts', "import { b } from 'node:fs'"],
    ['any folder from server', 'src/server.ts', "import { b } from './store/b.ts'"],
    ['a comment', 'src/store/a.ts', "/** import('../scrape/b.ts') */\n// import { b } from '../scrape/b.ts'"],
  ])('lets %s pass', (_, path, text) => {
    expect(forbiddenImports([sourceFile(path, text)])).toEqual([])
  })
})

describe('an import cycle', () => {
  it('is nowhere, type-only imports included', () => {
    expect(importCycles(server)).toEqual([])
  })

  it('is found', () => {
    const files = [
      sourceFile('src/a/a.ts', "import type { B } from './b.ts'"),
      sourceFile('src/a/b.ts', "import { c } from './c.ts'"),
      sourceFile('src/a/c.ts', "const a = import('./a.ts')"),
      sourceFile('src/a/d.ts', "import { a } from './a.ts'"),
    ]
    expect(importCycles(files)).toEqual([['src/a/a.ts', 'src/a/b.ts', 'src/a/c.ts', 'src/a/a.ts']])
  })
})

describe('docs/architecture.md', () => {
  const document = read('docs/architecture.md')
  const names = (places: readonly string[]) => places.map((place) => `\`${place}\``).join(', ')
  const cell = (places: readonly string[]) => {
    if (places.length === 0) return 'nothing of ours'
    return places.includes('*') ? 'every folder, not `main`' : names(places)
  }

  it.each([...MAY_IMPORT])('says whom %s may import', (place, allowed) => {
    const types = MAY_IMPORT_TYPES.get(place)
    const ofOthers = types === undefined ? '' : `; types of ${names(types)}`
    expect(document).toContain(`| \`${place}\` | ${cell(allowed)}${ofOthers} |\n`)
  })

  it('names files that exist', () => {
    const named = [...document.matchAll(/`([\w/-]+\/[\w.-]+\.ts)`/g)].map(([, path = '']) => path)
    expect(named.length).toBeGreaterThan(10)
    const files = new Set(everything.flatMap(({ path }) => [path, path.replace(/^src\//, '')]))
    expect(named.filter((path) => !files.has(path))).toEqual([])
  })

  it('names only files that there are', () => {
    const named = [...document.matchAll(/`([a-z0-9-]+(?:\/[a-z0-9-]+)+\.ts)`/g)].map(([, path]) => path ?? '')
    const known = new Set(server.map(({ path }) => path.replace(/^src\//, '')))
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((path) => !known.has(path) && !path.startsWith('test/'))).toEqual([])
  })

  // What stands in the numbered list: a stranger reads these files one after the other.
  it.each([
    ['flag', 6],
    ['Summary', 20],
    ['request', 18],
  ])('has a way of a %s through at most %i files', (what, most) => {
    const [, section = ''] = document.split(`## The way of a ${what}\n`)
    const steps = /^1\. [\s\S]*?(?=\n\n)/m.exec(section)?.[0] ?? ''
    const passed = new Set([...steps.matchAll(/`([a-z0-9/-]+\.ts)`/g)].map(([, path]) => path))
    expect(passed.size).toBeGreaterThan(4)
    expect(passed.size).toBeLessThanOrEqual(most)
  })

  it.each([...LIBRARIES])('says who may use %s', (library, places) => {
    expect(document).toContain(`| \`${library}\` | ${names(places)} |\n`)
  })
})

describe('every file', () => {
  it('has at most 400 lines', () => {
    expect(pathsWhere(everything, ({ text }) => text.trimEnd().split('\n').length > 400)).toEqual([])
  })

  it('is named in kebab-case, for what it holds', () => {
    const named = /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/
    const empty = /(^|[/-])(utils?|helpers?|common|misc)([/.-]|$)|(^|\/)index\.ts$/
    expect(
      ['src/a/utils.ts', 'src/common/a.ts', 'src/a/node-helper.ts', 'src/a/index.ts'].filter((p) => !empty.test(p)),
    ).toEqual([])
    expect(['src/a/node-index.ts', 'src/a/commonplace.ts'].filter((p) => empty.test(p))).toEqual([])
    expect(pathsWhere(everything, ({ path }) => !named.test(basename(path)) || empty.test(path))).toEqual([])
  })

  it('exports by name, and only what it defines', () => {
    const defaultOrBarrel = /^export\s+(default\b|(type\s+)?[*{][^'"]*\bfrom\b)/m
    expect(pathsWhere(everything, ({ code }) => defaultOrBarrel.test(code))).toEqual([])
  })

  it('of the server keeps no state of its own', () => {
    // Names in capitals are constants, by convention.
    const collection = String.raw`(new (Weak)?(Map|Set)(<[^\n]*>)?\(\)|\[\]|\{\})`
    const state = new RegExp(String.raw`^(export\s+)?((let|var)\s|const\s+[a-z]\w*[^=\n]*=\s*${collection}\s*$)`, 'm')
    expect(pathsWhere(server, ({ code }) => state.test(code))).toEqual([])
    const example = (text: string) => state.test(sourceFile('src/a.ts', text).code)
    expect(
      ['let n = 0', 'const seen = new Set<string>()', 'export const all: string[] = []'].filter(example),
    ).toHaveLength(3)
    expect(['const a = new Map([[1, 2]])', '  let n = 0', 'const NONE: Known = new Map()'].filter(example)).toEqual([])
  })

  it('of the server but main.ts leaves argv, env and the exit code alone', () => {
    // A negative id is a group of children's, never this process.
    const process = /\bprocess\.(argv|env|exit|exitCode|abort|kill(?!\(-))\b/
    const imported = (file: SourceFile) => importsOf(file).includes('node:process')
    const touches = (file: SourceFile) => process.test(file.code) || imported(file)
    expect(pathsWhere(server, touches).filter((path) => path !== 'src/main.ts')).toEqual([])
  })
})
