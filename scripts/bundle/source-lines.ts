import { SourceMap } from 'node:module'
import type { OutputChunk } from 'rolldown'
import type { SourceLines } from '../../src/telemetry/logging/caller.ts'

const SOURCES = '../src/'

/** For each line of a chunk the source and its line, where there is one, both counted from 1. */
function* placesOf({ code, map }: OutputChunk): Generator<{ line: number; path: string | undefined; there: number }> {
  if (map === null) return
  const parsed = new SourceMap(JSON.parse(map.toString()))
  for (const [index, text] of code.split('\n').entries()) {
    const entry = parsed.findEntry(index, text.search(/\S|$/))
    if (!('originalSource' in entry) || entry.generatedLine !== index) continue
    const isOurs = entry.originalSource.startsWith(SOURCES)
    const path = isOurs ? entry.originalSource.slice(SOURCES.length) : undefined
    yield { line: index + 1, path, there: entry.originalLine + 1 }
  }
}

/** The table by which the log names files and lines of the sources, from the chunks' source maps. */
export function sourceLinesOf(chunks: readonly OutputChunk[]): SourceLines {
  const files: string[] = []
  const indexes = new Map<string, number>()
  const indexOf = (path: string): number => {
    const index = indexes.get(path) ?? files.push(path) - 1
    indexes.set(path, index)
    return index
  }
  const runsOf = (chunk: OutputChunk): number[] => {
    const runs: number[] = []
    let [file, ahead] = [-1, 0]
    for (const { line, path, there } of placesOf(chunk)) {
      const found = path === undefined ? -1 : indexOf(path)
      if (found === file && (found === -1 || there - line === ahead)) continue
      runs.push(line, found, found === -1 ? 0 : there)
      file = found
      ahead = there - line
    }
    return runs
  }
  return { chunks: Object.fromEntries(chunks.map((chunk) => [chunk.fileName, runsOf(chunk)])), files }
}
