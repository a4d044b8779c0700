import type { FlagStatus } from '../status-source.ts'
import { textHead } from './text-head.ts'
import { visible } from './words.ts'

/** /flagz in plain text: `name=value`, a line each. */
export const flagzText = (flags: readonly FlagStatus[]): string =>
  [...textHead('flagz'), ...flags.map(({ name, value }) => `${name}=${visible(value)}`), ''].join('\n')
