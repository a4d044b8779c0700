const ALWAYS_QUOTED_FIRST = '#,[]{}&*!|>\'"%@`'

export const isBreak = (character: string | undefined): boolean =>
  character !== undefined && /[\r\n\u0085\u2028\u2029]/.test(character)
const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t'
export const isPrintable = (character: string): boolean =>
  /[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(character) && character.length === 1

/** The styles that a text can be written in outside of flow collections. */
export interface AllowedStyles {
  readonly plain: boolean
  readonly single: boolean
  readonly block: boolean
  readonly multiline: boolean
}

function hasIndicator(characters: readonly string[]): boolean {
  const start = characters.slice(0, 3).join('')
  if (start === '---' || start === '...') return true
  return characters.some((character, i) => {
    const next = characters[i + 1]
    const blankFollows = next === undefined || isBlank(next)
    const previous = characters[i - 1]
    if (character === ':') return blankFollows
    if (i === 0 && (character === '?' || character === '-')) return blankFollows
    if (i === 0) return ALWAYS_QUOTED_FIRST.includes(character)
    return character === '#' && (isBlank(previous) || isBreak(previous) || previous === '\0')
  })
}

/** Which styles can hold the text (goyaml.v2/emitterc.go, yaml_emitter_analyze_scalar). Takes linear time. */
export function allowedStyles(characters: readonly string[]): AllowedStyles {
  if (characters.length === 0) return { plain: true, single: true, block: false, multiline: false }
  const first = characters[0]
  const last = characters.at(-1)
  const multiline = characters.some(isBreak)
  const special = characters.some((character) => !isPrintable(character))
  const breakSpace = characters.some((character, i) => character === ' ' && isBreak(characters[i - 1]))
  const spaceBreak = characters.some((character, i) => isBreak(character) && characters[i - 1] === ' ')
  const padded = first === ' ' || last === ' ' || isBreak(first) || isBreak(last)
  return {
    plain: !(padded || breakSpace || spaceBreak || special || multiline || hasIndicator(characters)),
    single: !(breakSpace || spaceBreak || special),
    block: !(last === ' ' || spaceBreak || special),
    multiline,
  }
}
