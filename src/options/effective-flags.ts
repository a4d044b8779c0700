import type { AnyFlag, Values } from './flag.ts'

/** A flag as it stands after the command line was read. */
export interface EffectiveFlag {
  /** Without dashes. */
  readonly name: string
  /** As pflag writes a value of its type. No flag holds a secret: credentials are given as files, by their paths. */
  readonly value: string
  readonly default: string
  /** On the command line, be it with the value of its default. */
  readonly given: boolean
  /** Taken for the Go server's sake, without effect here. */
  readonly ignored: boolean
}

/** Every flag with its value, by name. */
export function effectiveFlags(values: Values, flags: readonly AnyFlag[]): EffectiveFlag[] {
  const all = flags.map((flag) => ({
    name: flag.name,
    value: flag.kind.text(values.of(flag)),
    default: flag.kind.text(flag.default),
    given: values.isGiven(flag),
    ignored: flag.ignored === true,
  }))
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}
