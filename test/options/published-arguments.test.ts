import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/options/parse.ts'
import { PUBLISHED } from '../support/published-arguments.ts'

describe('the arguments that installers give', () => {
  it.each(PUBLISHED)('$installer', ({ args, port, ignored = [] }) => {
    expect(parseOptions(args)).toMatchObject({ kind: 'run', ignored, options: { serving: { port } } })
  })
})
