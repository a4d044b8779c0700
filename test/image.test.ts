import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

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
    expect(images.map((image) => /node(?:js)?:?(\d+)/.exec(image)?.[1])).toEqual([major, major])
  })

  it('has no development dependency, and takes dist from the build', () => {
    expect(final).toContain('COPY --from=dependencies /app/node_modules ./node_modules')
    expect(final).toContain('COPY --from=build /app/dist ./dist')
    expect(stages.find((stage) => stage.includes(' AS dependencies'))).toContain(
      'RUN npm ci --omit=dev --ignore-scripts',
    )
  })

  it('starts the program of this package, without a shell, so that signals reach it', () => {
    const entry = JSON.parse(of('ENTRYPOINT')[0] ?? '[]')
    expect(entry).toEqual(['node', `/app/${manifest.bin['metrics-server']}`])
  })

  it('runs as a user with a number that is not root', () => {
    expect(/^USER ([1-9]\d*):([1-9]\d*)$/m.exec(final)?.[1]).toBeDefined()
  })
})
