import type { Options } from '../../src/options/options.ts'
import { parseOptions } from '../../src/options/parse.ts'

function runOf(argv: readonly string[]) {
  const outcome = parseOptions(argv)
  if (outcome.kind !== 'run') throw new Error(`not to be run: ${JSON.stringify(outcome)}`)
  return outcome
}

/** The options of a command line that is to be run. */
export const run = (...argv: string[]): Options => runOf(argv).options

/** What a command line that is to be run is warned of. */
export const warnings = (...argv: string[]): readonly string[] => runOf(argv).warnings

/** What is wrong with a command line; nothing when it is valid. */
export function problems(...argv: string[]): readonly string[] {
  const outcome = parseOptions(argv)
  return outcome.kind === 'invalid' ? outcome.problems : []
}
