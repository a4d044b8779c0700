import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getCallSites } from 'node:util'

/**
 * Which line of which source each line of the bundle comes from: `source-lines.json`, written by the build beside its
 * chunks.
 */
export interface SourceLines {
  /** Paths below `src`. */
  readonly files: readonly string[]
  /**
   * For each chunk, by its file name, three numbers for every first line of a run: that line, the index of its file, and
   * its line there. Within a run, lines of both go together. The index is -1 for what is not from `src`.
   */
  readonly chunks: Readonly<Record<string, readonly number[]>>
}

interface SourceLine {
  /** Below `src`, or the last two parts of the path of what is not ours. */
  readonly path: string
  readonly line: number
}

type FindSource = (scriptName: string, line: number) => SourceLine

const RUN = 3
/** This file's folder in `src`, whose frames belong to the log itself. */
const OWN_FOLDER = 'telemetry/logging/'
/** Frames that are looked through for the one that logs. */
const MAX_FRAMES = 8

const pathOf = (scriptName: string): string => (scriptName.startsWith('file:') ? fileURLToPath(scriptName) : scriptName)

const foreign = (path: string, line: number): SourceLine => ({ path: path.split('/').slice(-2).join('/'), line })

/** Where lines come from when the sources run as they are. */
export function sourcesAsTheyAre(root: string): FindSource {
  return (scriptName, line) => {
    const path = pathOf(scriptName)
    return path.startsWith(root) ? { path: path.slice(root.length), line } : foreign(path, line)
  }
}

/** Where lines of the bundle in `folder` come from. */
export function sourcesOfBundle(folder: string, { files, chunks }: SourceLines): FindSource {
  return (scriptName, line) => {
    const path = pathOf(scriptName)
    const runs = path.startsWith(folder) ? chunks[basename(path)] : undefined
    if (runs === undefined) return foreign(path, line)
    let low = 0
    let high = runs.length / RUN
    while (low < high) {
      const middle = (low + high) >> 1
      if ((runs[middle * RUN] ?? 0) <= line) low = middle + 1
      else high = middle
    }
    const [first = 0, file = -1, firstThere = 0] = runs.slice((low - 1) * RUN, low * RUN)
    const source = low === 0 ? undefined : files[file]
    return source === undefined ? foreign(path, line) : { path: source, line: firstThere + line - first }
  }
}

/** The bundle has its table beside it; beside this file there is none. */
function findSources(): FindSource {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const table = at('./source-lines.json')
  if (!existsSync(table)) return sourcesAsTheyAre(at('../../'))
  return sourcesOfBundle(at('.'), JSON.parse(readFileSync(table, 'utf8')) as SourceLines)
}

/**
 * Makes what finds the file and line that calls the log: "scrape/node-loop.ts:155". klog writes the file's name only,
 * and here many have one name.
 */
export function createCallerFinder(find: FindSource = findSources()): () => string {
  return () => {
    for (const { scriptName, lineNumber } of getCallSites(MAX_FRAMES)) {
      const { path, line } = find(scriptName, lineNumber)
      if (!path.startsWith(OWN_FOLDER)) return `${path}:${line}`
    }
    return '???:1'
  }
}
