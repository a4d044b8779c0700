import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const fromRoot = (path: string) => new URL(`../${path}`, import.meta.url)
const read = (path: string) => readFileSync(fromRoot(path), 'utf8')
const manifest = JSON.parse(read('package.json'))
const instructions = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, '')
  .split('\n')
  .filter((line) => line !== '')
const of = (word: string) =>
  instructions.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
const stages = instructions.join('\n').split(/^FROM /m)
const final = stages.at(-1) ?? ''

const PROGRAM = `/app/${manifest.bin['metrics-server']}`
const builds = stages.find((stage) => stage.includes(' AS build')) ?? ''

/** What the build copies from the project, and not from another stage. */
const copied = of('COPY')
  .filter((line) => !line.startsWith('--from='))
  .flatMap((line) => line.split(' ').slice(0, -1))

describe('the image', () => {
  it.each([...new Set(copied)])('is made of %s, which is there and reaches the builder', (path) => {
    expect(existsSync(fromRoot(path))).toBe(true)
    expect(read('.dockerignore').split('\n')).toContain(`!${path}`)
  })

  it('is built with nothing else', () => {
    const sent = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(sent.sort()).toEqual(['*', ...new Set(copied.map((path) => `!${path}`))].sort())
  })

  it('runs the Node.js version that the tests run, and builds with it', () => {
    const major = /\d+/.exec(manifest.devDependencies.node)?.[0]
    const images = of('ARG').map((line) => line.split('=')[1] ?? '')
    expect(images.slice(0, 2).map((image) => /node(?:js)?:?(\d+)/.exec(image)?.[1])).toEqual([major, major])
  })

  it('has the bundle and no packages, with a code cache that its own Node.js made', () => {
    expect(final).toContain('COPY --from=code-cache /app/dist ./dist')
    expect(final).not.toContain('node_modules')
    const caches = stages.find((stage) => stage.includes(' AS code-cache')) ?? ''
    expect(caches).toMatch(/^\$\{RUNTIME_IMAGE\} /)
    expect(caches).toContain('COPY --from=build /app/dist /app/dist')
    expect(caches).toContain('RUN ["node", "/app/dist/write-code-cache.js"]')
    expect(builds).toContain('RUN npm run build && rm -r dist/*.map dist/code-cache')
  })

  it('starts the program of this package, without a shell, so that signals reach it', () => {
    const entry = JSON.parse(of('ENTRYPOINT')[0] ?? '[]')
    expect(entry).toEqual(['node', '--disable-sigusr1', PROGRAM])
  })

  it('says what it is, in the version of this package', () => {
    expect(of('ARG').find((line) => line.startsWith('VERSION='))).toBe(`VERSION=${manifest.version}`)
    expect(of('LABEL').join()).toContain(`org.opencontainers.image.licenses="${manifest.license}"`)
    expect(of('LABEL').join()).toContain('org.opencontainers.image.source="$SOURCE"')
    expect(of('ARG')).toContain(`SOURCE=${manifest.homepage.replace(/#.*/, '')}`)
    expect(of('EXPOSE')).toEqual(['10250'])
  })

  it('keeps what C and C++ allocate in one heap', () => {
    expect(final).toMatch(/^ENV .*\bMALLOC_ARENA_MAX=1\b/m)
  })

  it('runs as a user with a number that is not root', () => {
    expect(/^USER ([1-9]\d*):([1-9]\d*)$/m.exec(final)?.[1]).toBeDefined()
  })
})

describe('the build', () => {
  it('installs what bundles, and nothing else that is for development', () => {
    expect(builds).toContain('npm ci --ignore-scripts')
    const script = /node -e "([^"]*)"/.exec(builds)?.[1] ?? ''
    let written = ''
    const fs = {
      readFileSync: () => read('package.json'),
      writeFileSync: (_: string, text: string) => (written = text),
    }
    new Function('require', script)(() => fs)
    const { devDependencies, ...rest } = JSON.parse(written)
    expect(Object.keys(devDependencies).sort()).toEqual(['rolldown'])
    expect(rest.dependencies).toEqual(manifest.dependencies)
  })
})

describe('the program that manifests of the Go server name', () => {
  const folder = mkdtempSync(fileURLToPath(fromRoot('node_modules/.image-')))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(['/metrics-server', '/usr/local/bin/metrics-server'])('is %s', (path) => {
    expect(final).toContain(`COPY --from=build /metrics-server ${path}\n`)
    expect(final).toMatch(/^ENV .*PATH=\S*\/usr\/local\/bin/m)
  })

  it('runs without a shell', () => {
    const launcher = join(folder, 'metrics-server')
    const make = /^RUN (printf .*)$/m.exec(builds)?.[1] ?? ''
    const main = fileURLToPath(fromRoot('src/main.ts'))
    execFileSync('sh', ['-c', make.replaceAll('/metrics-server', launcher).replace(PROGRAM, main)], {
      env: { ...process.env, NODE: process.execPath },
    })
    expect(readFileSync(launcher, 'utf8')).toMatch(/^#!\S+ --disable-sigusr1\n/)
    expect(execFileSync(launcher, ['--version'], { encoding: 'utf8' })).toBe(`v${manifest.version}\n`)
    expect(() => execFileSync(launcher, ['--no-such-flag'], { stdio: 'pipe' })).toThrow('unknown flag: --no-such-flag')
  })
})
