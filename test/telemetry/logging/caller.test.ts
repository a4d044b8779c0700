import { describe, expect, it } from 'vitest'
import { createCallerFinder, sourcesAsTheyAre, sourcesOfBundle } from '../../../src/telemetry/logging/caller.ts'

describe('a line of the bundle', () => {
  const find = sourcesOfBundle('/app/dist/', {
    files: ['scrape/scraper.ts', 'store/store.ts'],
    chunks: { 'server.js': [3, 0, 10, 6, 1, 1, 9, -1, 0, 12, 0, 40] },
  })

  it.each([
    ['the first of a run', 3, 'scrape/scraper.ts', 10],
    ['within a run', 5, 'scrape/scraper.ts', 12],
    ['of the next file', 6, 'store/store.ts', 1],
    ['of a package', 10, 'dist/server.js', 10],
    ['in the last run', 20, 'scrape/scraper.ts', 48],
    ['before all runs', 1, 'dist/server.js', 1],
  ])('%s is found in its source', (_, line, path, there) => {
    expect(find('/app/dist/server.js', line)).toEqual({ path, line: there })
    expect(find('file:///app/dist/server.js', line)).toEqual({ path, line: there })
  })

  it.each([
    '/app/dist/other.js',
    '/elsewhere/server.js',
    'node:internal/server.js',
    'evalmachine',
  ])('in %s keeps its number', (script) => {
    expect(find(script, 3)).toEqual({ path: script.split('/').slice(-2).join('/'), line: 3 })
  })
})

it('a source that runs as it is has its own path and line, also in a folder whose name has spaces', () => {
  expect(sourcesAsTheyAre('/a b/src/')('file:///a%20b/src/store/store.ts', 7)).toEqual({
    path: 'store/store.ts',
    line: 7,
  })
})

it('the log itself is no caller', () => {
  const names = ['telemetry/logging/caller.ts', 'telemetry/logging/logger.ts', 'scrape/scraper.ts']
  const caller = createCallerFinder((_, line) => ({ path: names.shift() ?? '', line }))
  expect(caller()).toMatch(/^scrape\/scraper\.ts:\d+$/)
})
