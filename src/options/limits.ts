import { formatGoDuration } from '../model/duration.ts'
import { parseLabelSelector } from '../model/label-selector.ts'
import { SelectorError } from '../model/selector-error.ts'

/** The longest delay a timer of Node.js keeps; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Checks for the flag table: each gives what is wrong with a value, or nothing. */
export const notNegative = (value: number): string | undefined =>
  value >= 0 ? undefined : 'can not be a negative value'

export const port = (value: number): string | undefined =>
  value >= 1 && value <= 65_535 ? undefined : `must be between 1 and 65535, inclusive, not ${value}`

export const withinTimer = (value: number): string | undefined => {
  if (value < 0) return 'can not be a negative value'
  return value <= MAX_TIMER_MS ? undefined : `must be at most ${formatGoDuration(MAX_TIMER_MS)}`
}

export const positiveWithinTimer = (value: number): string | undefined =>
  value === 0 ? 'must be more than 0s' : withinTimer(value)

export const noBlank = (values: readonly string[]): string | undefined =>
  values.some((value) => value.trim() === '') ? 'has an empty value' : undefined

export const labelSelector = (value: string): string | undefined => {
  try {
    parseLabelSelector(value)
    return undefined
  } catch (error) {
    if (error instanceof SelectorError) return `is no label selector: ${error.message}`
    throw error
  }
}

/** Options that the Go server knows and refuses as long as its alpha features are off, which nothing can switch on. */
export const offAsAlpha = (value: boolean | string): string | undefined =>
  value === false || Number.parseFloat(String(value)) === 0
    ? undefined
    : 'is refused: it needs the feature LoggingAlphaOptions, which is disabled'
