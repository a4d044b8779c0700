import { visible } from './words.ts'

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

/** HTML that may stand in a page as it is. Only {@link html} and {@link verbatim} make it. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may be put into HTML: markup as it is, everything else as text. */
export type Part = Markup | string | number | readonly Part[]

/** Our own style or script. */
export const verbatim = (text: string): Markup => new Markup(text)

function write(part: Part): string {
  if (part instanceof Markup) return part.text
  if (typeof part === 'object') return part.map(write).join('')
  return visible(String(part)).replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character)
}

/**
 * HTML with values put in. Text can become neither an element nor an attribute, wherever between tags or within the quotes
 * of an attribute it stands, and hides nothing: control characters and direction marks are written out.
 */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  // Joined, not added up: a sum of strings keeps all its parts.
  return new Markup(template.flatMap((text, i) => [text, i < parts.length ? write(parts[i] ?? '') : '']).join(''))
}
