import { parseArgs } from 'node:util'

/** What `npm run bench -- …` was asked for. */
export interface Wish {
  /** Where to write the results, and which recording to compare with. */
  readonly save: string | undefined
  readonly against: string | undefined
  /** A tenth of the time, for a look or for a test: figures are rough. */
  readonly quick: boolean
  /** Only benchmarks with one of these in their names; all when empty. */
  readonly names: readonly string[]
}

/** @throws TypeError for an option that there is not. */
export function parseWish(args: readonly string[]): Wish {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { save: { type: 'string' }, against: { type: 'string' }, quick: { type: 'boolean', default: false } },
  })
  return { save: values.save, against: values.against, quick: values.quick, names: positionals }
}
