import { type Labels, labelValue } from './labels.ts'

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

/** All that a selector asks of one label, put together, so that its requirements need not be gone through for each object. */
class LabelRule {
  /** Some requirement is met only by an object that has the label. */
  required = false
  #refused = false
  /** Undefined: any. */
  #allowed: ReadonlySet<string> | undefined
  #excluded: ReadonlySet<string> | undefined
  /** The same set, once it is no requirement's. */
  #ownExcluded: Set<string> | undefined
  /** Greater than, and less than. */
  #above: bigint | undefined
  #below: bigint | undefined

  /** Takes time by the number of the requirement's own values. */
  add({ operator, values }: LabelRequirement): void {
    if (operator === '!') this.#refused = true
    else if (operator === 'notin' || operator === '!=') this.#exclude(values)
    else {
      this.required = true
      if (operator === '>' || operator === '<') this.#compare(operator, values)
      else if (operator !== 'exists') this.#allow(values)
    }
  }

  accepts(value: string): boolean {
    if (this.#refused || this.#excluded?.has(value) || this.#allowed?.has(value) === false) return false
    if (this.#above === undefined && this.#below === undefined) return true
    const number = labelInteger(value)
    if (number === undefined) return false
    return (this.#above === undefined || number > this.#above) && (this.#below === undefined || number < this.#below)
  }

  #exclude(values: ReadonlySet<string>): void {
    if (this.#excluded === undefined) this.#excluded = values
    else if (this.#ownExcluded === undefined)
      this.#excluded = this.#ownExcluded = new Set([...this.#excluded, ...values])
    else for (const value of values) this.#ownExcluded.add(value)
  }

  #compare(operator: '>' | '<', [value = '']: Iterable<string>): void {
    const bound = labelInteger(value)
    if (bound === undefined) this.#refused = true
    else if (operator === '>') this.#above = this.#above === undefined || bound > this.#above ? bound : this.#above
    else this.#below = this.#below === undefined || bound < this.#below ? bound : this.#below
  }

  #allow(values: ReadonlySet<string>): void {
    const before = this.#allowed
    this.#allowed = before === undefined ? values : new Set([...values].filter((value) => before.has(value)))
  }
}

/** So few rules are sooner looked up in an object's labels than its labels in them. */
const FEW_RULES = 4

/**
 * Tells whether labels meet all requirements (labels.Requirement.Matches: a missing label meets `notin`, `!=` and `!`), in
 * time by the number of labels, however many requirements there are.
 */
export function labelMatcher(requirements: readonly LabelRequirement[]): (labels: Labels) => boolean {
  const rules = new Map<string, LabelRule>()
  for (const requirement of requirements) {
    const rule = rules.get(requirement.key) ?? new LabelRule()
    rules.set(requirement.key, rule)
    rule.add(requirement)
  }
  const list = [...rules]
  if (list.length <= FEW_RULES) {
    return (labels) =>
      list.every(([key, rule]) => {
        const value = labelValue(labels, key)
        return value === undefined ? !rule.required : rule.accepts(value)
      })
  }
  const required = list.reduce((count, [, rule]) => count + (rule.required ? 1 : 0), 0)
  return (labels) => {
    let met = 0
    for (let i = 0; i < labels.length; i += 2) {
      const rule = rules.get(labels[i] ?? '')
      if (rule === undefined) continue
      if (!rule.accepts(labels[i + 1] ?? '')) return false
      if (rule.required) met++
    }
    return met === required
  }
}
