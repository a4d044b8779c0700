import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { html, verbatim } from '../../../src/api/pages/page-html.ts'

const unescaped = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

describe('markup', () => {
  it('takes any text as text, in an element and in an attribute', () => {
    const text = fc.string({ unit: fc.constantFrom(...'<>"\'&;=/ !-a', '\u202e', '\n', '\0'), maxLength: 60 })
    fc.assert(
      fc.property(text, (any) => {
        const [, inside = '?', between = '?'] =
          /^<a title="([^"<>']*)">([^"<>']*)<\/a>$/.exec(html`<a title="${any}">${any}</a>`.text) ?? []
        expect(inside).toBe(between)
        const back = unescaped(inside)
        expect(back.replace(/\\u\{(202e|a|0)\}/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))).toBe(any)
      }),
    )
  })

  it('writes out what hides or turns text', () => {
    expect(html`${'node\u202e\r\n\u001b[2Jgood'}`.text).toBe('node\\u{202e}\\u{d}\\u{a}\\u{1b}[2Jgood')
  })

  it('lets markup stand, and joins lists', () => {
    expect(html`<p>${[html`<b>${1}</b>`, 'a<b']}${verbatim('<hr>')}</p>`.text).toBe('<p><b>1</b>a&lt;b<hr></p>')
  })

  it('does not take an object that looks like markup for it', () => {
    const forged = JSON.parse('["<script>"]') as string[]
    expect(html`${forged}`.text).toBe('&lt;script&gt;')
  })
})
