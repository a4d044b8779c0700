import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Measurement } from './measure.ts'

export interface Result extends Measurement {
  readonly name: string
  readonly size: string
}

/** What `--save` writes and `--against` reads. */
export interface Recording {
  readonly node: string
  readonly cpu: string
  readonly results: readonly Result[]
}

/** These results and the machine that they are of. */
export const recordingOf = (results: readonly Result[]): Recording => ({
  node: process.version,
  cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  results,
})

export const saveRecording = (path: string, recording: Recording): void =>
  writeFileSync(path, `${JSON.stringify(recording, null, 2)}\n`)

/** @throws Error naming the file, when it is not there or is no recording. */
export function loadRecording(path: string): Recording {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8'))
    if (!Array.isArray(value?.results)) throw new TypeError('it has no results')
    return value
  } catch (cause) {
    throw new Error(`${path} is no recording of npm run bench -- --save`, { cause })
  }
}
