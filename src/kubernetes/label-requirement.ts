import { inByteOrder } from './byte-order.ts'
import { invalidField, labelValueProblems } from './label-syntax.ts'
import { SelectorError } from './selector-error.ts'

export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | '>' | '<' | 'exists' | '!'

/** One term of a label selector. Values are sorted and differ from each other. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  readonly values: ReadonlySet<string>
}

const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

/** strconv.ParseInt(text, 10, 64), by which `<` and `>` compare; `undefined` where that fails. */
export function labelInteger(text: string): bigint | undefined {
  // Longer texts are out of range unless they are padded with zeros; label values end at 63 bytes anyway.
  if (text.length > 64 || !/^[+-]?\d+$/.test(text)) return undefined
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return value < MIN_INT64 || value > MAX_INT64 ? undefined : value
}

const isComparison = (operator: LabelOperator): boolean => operator === '>' || operator === '<'

/** A requirement whose values have been checked (apimachinery, labels.NewRequirement); throws {@link SelectorError}. */
export function labelRequirement(key: string, operator: LabelOperator, values: Iterable<string>): LabelRequirement {
  const sorted = inByteOrder(new Set(values))
  const problems = new Set<string>()
  if (isComparison(operator)) {
    sorted.forEach((value, i) => {
      if (labelInteger(value) !== undefined) return
      problems.add(invalidField(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"))
    })
  }
  sorted.forEach((value, i) => {
    const wrong = labelValueProblems(value)
    if (wrong.length > 0) problems.add(invalidField(`values[${i}][${key}]`, value, wrong.join('; ')))
  })
  const [first, ...others] = problems
  if (first !== undefined) throw new SelectorError(others.length === 0 ? first : `[${[...problems].join(', ')}]`)
  return { key, operator, values: new Set(sorted) }
}
