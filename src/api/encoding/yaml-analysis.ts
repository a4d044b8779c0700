const ALWAYS_QUOTED_FIRST = '#,[]{}&*!|>\'"%@`'

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t'

/**
 * Whether a character can stand in a scalar as it is. libyaml lets U+2028 and U+2029 stand too, as line breaks of YAML 1.1;
 * YAML 1.2 knows them as none, so they are escaped here, which every reader understands alike.
 */
export const isPrintable = (character: string): boolean =>
  /^[\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(character)

/** The styles that a text can be written in outside of flow collections. */
export interface AllowedStyles {
  readonly plain: boolean
  readonly single: boolean
  readonly block: boolean
}

function hasIndicator(characters: readonly string[]): boolean {
  const start = characters.slice(0, 3).join('')
  if (start === '---' || start === '...') return true
  return characters.some((character, i) => {
    const next = characters[i + 1]
    const blankFollows = next === undefined || isBlank(next)
    if (character === ':') return blankFollows
    if (i === 0 && (character === '?' || character === '-')) return blankFollows
    if (i === 0) return ALWAYS_QUOTED_FIRST.includes(character)
    return character === '#' && isBlank(characters[i - 1])
  })
}

/** Which styles can hold the text (goyaml.v2/emitterc.go, yaml_emitter_analyze_scalar). Takes linear time. */
export function allowedStyles(characters: readonly string[]): AllowedStyles {
  const special = characters.some((character) => !isPrintable(character))
  const multiline = characters.includes('\n')
  const spaceBeforeBreak = characters.some((character, i) => character === '\n' && characters[i - 1] === ' ')
  const padded = characters[0] === ' ' || characters.at(-1) === ' '
  return {
    plain: !(padded || special || multiline || hasIndicator(characters)),
    // With line breaks in it a text is written as a block or in double quotes, never in single ones.
    single: !special,
    block: !(characters.at(-1) === ' ' || spaceBeforeBreak || special),
  }
}
