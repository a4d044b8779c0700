import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { START_CHUNKS } from '../../scripts/bundle/chunk-loader.ts'
import { packageOfModule } from '../../scripts/bundle/licences.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { kubeletFlags } from '../doctor/doctor-fixture.ts'
import { type ServerProcess, startServer, untilReady } from '../system/server-process.ts'

const run = promisify(execFile)
const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** As the image has it: the bundle and package.json, with no packages anywhere above. */
const folder = mkdtempSync(join(tmpdir(), 'metrics-server-build-'))
const dist = join(folder, 'dist')
const main = join(dist, 'main.js')
const caches = join(dist, 'code-cache', `${process.version}-${process.arch}`)

beforeAll(() => {
  cpSync(fromRoot('package.json'), join(folder, 'package.json'))
  execFileSync(process.execPath, [fromRoot('scripts/build.ts'), '--out', dist])
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const scripts = () => readdirSync(dist).filter((name) => name.endsWith('.js'))

describe('the bundle', () => {
  it.each([[['--version']], [['--help']], [['doctor', '--help']]])('says what the sources say to %j', async (argv) => {
    const bundled = await run(process.execPath, [main, ...argv])
    expect(bundled).toEqual(await run(process.execPath, [fromRoot('src/main.ts'), ...argv]))
    expect(bundled.stdout).not.toBe('')
  })

  it('has at most 8 MB of JavaScript', () => {
    const bytes = scripts().map((name) => statSync(join(dist, name)).size)
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(8e6)
    expect(bytes.length).toBeGreaterThan(8)
  })

  it('is ASCII, so that V8 keeps it with one byte a character', () => {
    expect(scripts().filter((name) => /[^\0-\x7f]/.test(readFileSync(join(dist, name), 'utf8')))).toEqual([])
  })

  it('keeps the names of functions, for stack traces and profiles', () => {
    expect(readFileSync(join(dist, 'server.js'), 'utf8')).toMatch(/\n(async )?function createApi\(/)
  })

  it('has the licences of all packages in it', () => {
    const licences = readFileSync(join(dist, 'THIRD-PARTY-LICENSES'), 'utf8')
    for (const name of ['fastify', 'undici', 'pino', 'js-yaml', 'lru-cache', '@kubernetes/client-node', 'rolldown']) {
      expect(licences).toMatch(new RegExp(`(^|-{80}\n\n)${name} \\d+\\.\\d+\\.\\d+\n`))
    }
    expect(licences).toContain('Copyright (c) Matteo Collina and Undici contributors')
    expect(licences).not.toContain('No licence stated')
  })

  it.each([
    ['node_modules/a/lib/x.js', 'node_modules/a'],
    ['node_modules/@a/b/lib/x.js', 'node_modules/@a/b'],
    ['node_modules/a/node_modules/@b/c/x.js', 'node_modules/a/node_modules/@b/c'],
    ['\0rolldown/runtime.js', 'node_modules/rolldown'],
    ['src/main.ts', undefined],
  ])('has %j from %s', (id, path) => {
    expect(packageOfModule(id.startsWith('\0') ? id : fromRoot(id))).toBe(path)
  })
})

describe('the code cache', () => {
  it('is there for every chunk of the start, and V8 takes it', async () => {
    expect(readdirSync(caches)).toEqual(expect.arrayContaining([...START_CHUNKS]))
    const check = `
      import { createChunkLoader, START_CHUNKS } from ${JSON.stringify(fromRoot('scripts/bundle/chunk-loader.ts'))}
      import { startSmall } from ${JSON.stringify(fromRoot('src/engine.ts'))}
      startSmall()
      const { load, loaded } = createChunkLoader(${JSON.stringify(dist)})
      for (const name of START_CHUNKS) load(name)
      console.log(JSON.stringify([...loaded].map(([name, { script }]) => [name, script.cachedDataRejected])))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', check])
    const rejected = new Map<string, boolean>(JSON.parse(stdout))
    expect(START_CHUNKS.map((name) => rejected.get(name))).toEqual(START_CHUNKS.map(() => false))
  })

  it.each([
    ['of another version', (cache: Buffer) => cache.fill(0, 4, 8)],
    ['cut short', (cache: Buffer) => cache.subarray(0, 1000)],
    ['empty', () => Buffer.alloc(0)],
  ])('is left aside where it is %s', async (_, spoil) => {
    const broken = join(folder, 'broken')
    cpSync(dist, broken, { recursive: true })
    const path = join(broken, 'code-cache', `${process.version}-${process.arch}`, 'common.js')
    writeFileSync(path, spoil(readFileSync(path)))
    const { stdout } = await run(process.execPath, [join(broken, 'main.js'), '--version'])
    expect(stdout).toMatch(/^v\d/)
    rmSync(broken, { recursive: true })
  })

  it('need not be there', async () => {
    const without = join(folder, 'without')
    cpSync(dist, without, { recursive: true, filter: (path) => !path.endsWith('code-cache') })
    const { stdout } = await run(process.execPath, [join(without, 'main.js'), '--version'])
    expect(stdout).toMatch(/^v\d/)
    rmSync(without, { recursive: true })
  })
})

describe('the bundled server', () => {
  let cluster: Cluster
  let server: ServerProcess
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, podsPerNode: 3 })
    server = await startServer(cluster, ['--v=4'], main)
    await untilReady(server)
  })
  afterAll(async () => {
    await server.stop()
    await cluster.stop()
  })

  it('serves metrics', async () => {
    expect(await server.names('nodes')).toEqual(['node-01', 'node-02'])
  })

  it('serves its pages with the script of their tables, its own metrics and OpenAPI', async () => {
    const script = readFileSync(fromRoot('src/api/pages/browser/table.js'), 'utf8')
    expect((await server.get('/statusz', 'text/html')).body).toContain(script)
    expect((await server.get('/metrics')).body).toContain('metrics_server_kubelet_request_total')
    expect((await server.get('/openapi/v2')).status).toBe(200)
  })

  it('logs the files and lines of the sources', () => {
    const callers = [...server.log().matchAll(/^[IWE]\d{4} \S+ +\d+ ([^\]]+)\]/gm)].map(([, caller = '']) => caller)
    expect(callers.length).toBeGreaterThan(5)
    for (const caller of new Set(callers)) {
      const [, file = '', line = ''] = /^([\w/-]+\.ts):(\d+)$/.exec(caller) ?? []
      const lines = readFileSync(fromRoot(`src/${file}`), 'utf8').split('\n')
      expect(lines.slice(Number(line) - 1, Number(line) + 3).join('\n'), caller).toMatch(/log\.|options\.log|faults\./)
    }
  })

  it('has its doctor, with the client library', async () => {
    const argv = [main, 'doctor', `--kubeconfig=${cluster.files.server}`, ...kubeletFlags(cluster)]
    const { stdout } = await run(process.execPath, argv).catch((error: { stdout: string }) => error)
    expect(stdout).toMatch(/^ok {7}node node-02: .*\/stats\/summary and \/metrics\/resource answer/m)
  })
})
