import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Answer } from '../answer.ts'
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

/** What makes tables sortable and filterable, for the browser. */
export const SCRIPT: string = readFileSync(new URL('./browser/table.js', import.meta.url), 'utf8')

/** The look of the pages: the system's own font and colours, light or dark as the reader has it. */
export const STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1c2128; --quiet: #57606a; --line: #d0d7de; --head: #f3f5f7;
  --link: #0a58ca; --good: #116329; --bad: #b3131d; --trouble: #fff1f0; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14181d; --text: #e3e8ee; --quiet: #9aa5b1; --line: #39424d; --head: #1f252c;
    --link: #7ab7ff; --good: #5fd07a; --bad: #ff8a80; --trouble: #331a1c; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 0 1rem 2rem; min-width: min-content; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; }
header, dl, form, caption > span { position: sticky; left: 1rem; max-width: calc(100vw - 2rem); }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 2rem; padding: .75rem 0; }
h1 { margin: 0; font-size: 1.3rem; }
h1 span { font-weight: 400; color: var(--quiet); }
a { color: var(--link); margin-right: .75rem; }
a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11rem, 40vw), 1fr)); gap: .5rem 1rem; margin: 0 0 1rem; }
dt { color: var(--quiet); font-size: .85em; }
.reasons { grid-column: 1 / -1; }
dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.2em; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
form { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; margin-bottom: .5rem; }
form[hidden] { display: none; }
input { font: inherit; color: inherit; }
input[type=search] { width: 18rem; max-width: 100%; padding: .25rem .5rem; background: var(--back);
  border: 1px solid var(--quiet); border-radius: 4px; }
output { color: var(--quiet); }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .93em; }
caption > span { display: inline-block; }
caption { text-align: left; color: var(--quiet); padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .55rem; border-bottom: 1px solid var(--line); }
thead th { position: sticky; top: 0; z-index: 1; background: var(--head); white-space: nowrap; }
thead th:first-child { left: 0; z-index: 2; }
tbody th { position: sticky; left: 0; background: var(--back); font-weight: 500; }
tbody th span { display: inline-block; width: max-content; max-width: min(24rem, 35vw); overflow-wrap: anywhere; }
tbody td { white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.error, td code { white-space: normal; overflow-wrap: anywhere; }
td.error:not(:empty) { min-width: 16rem; }
td:has(code) { min-width: 11rem; }
.trouble > * { background: var(--trouble); }
td.error b { font-weight: 600; }
.trouble > td:first-of-type { color: var(--bad); font-weight: 600; }
.given > th { font-weight: 700; }
.below { display: none; }
#order { font: inherit; padding: .2rem .6rem; color: inherit; background: var(--head); border: 1px solid var(--quiet);
  border-radius: 4px; cursor: pointer; }
#order[hidden] { display: none; }
@media (max-width: 700px) {
  table:has(td.error) :is(thead th:last-child, td.error) { display: none; }
  .below { display: block; white-space: normal; overflow-wrap: anywhere; max-width: 60vw; }
}
small { color: var(--quiet); font-weight: 400; white-space: nowrap; }
thead button { all: unset; cursor: pointer; font-weight: 600; }
thead button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
thead button::after { content: '\\2195'; color: var(--quiet); padding-left: .3em; }
th[aria-sort=ascending] button::after { content: '\\2191'; color: inherit; }
th[aria-sort=descending] button::after { content: '\\2193'; color: inherit; }
`

export interface Column {
  readonly title: string
  /** Its cells have numbers in `data-value` to be ordered by. */
  readonly numeric: boolean
}

export interface Table {
  readonly caption: Markup
  readonly columns: readonly Column[]
  /** Elements `tr`; those with `data-marked` are the ones that stay when the box is checked. */
  readonly rows: readonly Markup[]
  /** The label of the field to filter by. */
  readonly filter: string
  /** The label of the box. */
  readonly marked: string
  /** The label of the button that brings back the order in which the rows come. */
  readonly order: string
  /** What a row is, for the text when none is shown. */
  readonly row: string
}

/** A table, with controls that stay hidden until the script makes them work. */
export function tableHtml({ caption, columns, rows, filter, marked, order, row }: Table): Markup {
  const heads = columns.map(
    ({ title, numeric }) => html`<th scope="col" data-order="${numeric ? 'number' : 'text'}">${title}</th>`,
  )
  return html`<form id="controls" role="search" hidden>
<label>${filter} <input id="filter" type="search" autocomplete="off" spellcheck="false"></label>
<label class="box"><input id="marked" type="checkbox"> ${marked}</label>
<button id="order" type="button" hidden>${order}</button>
<output id="shown" role="status" data-row="${row}"></output>
</form>
<table id="table">
<caption><span>${caption}</span></caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${rows}</tbody>
</table>`
}

const LINKS = [
  ['statusz', 'statusz'],
  ['flagz', 'flagz'],
  ['metrics', 'metrics'],
  ['readyz?verbose', 'readyz'],
]

/** A whole page. Links are relative, so that they hold behind a proxy's prefix too. */
export function pageHtml(name: string, body: Markup): Markup {
  const links = LINKS.map(([target = '', text = '']) =>
    text === name ? html`<a href="${target}" aria-current="page">${text}</a> ` : html`<a href="${target}">${text}</a> `,
  )
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>metrics-server ${name}</title>
<style>${verbatim(STYLE)}</style>
</head>
<body>
<header>
<h1>metrics-server <span>${name}</span></h1>
<nav aria-label="Pages">${links}</nav>
</header>
<main>
${body}
</main>
<script type="module">${verbatim(SCRIPT)}</script>
</body>
</html>
`
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing is loaded, sent or framed, and no script runs but ours: were text ever taken for markup, it could do nothing. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = Object.freeze({
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // What it shows is for the one who may see it, and old a minute later.
  'cache-control': 'no-store',
})

export const htmlAnswer = (page: Markup): Answer => ({
  status: 200,
  contentType: 'text/html; charset=utf-8',
  body: Buffer.from(page.text),
  headers: HEADERS,
})
