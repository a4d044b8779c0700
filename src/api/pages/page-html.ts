import { html, type Markup, verbatim } from './markup.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

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
}

/** A table, with controls that stay hidden until the script makes them work. */
export function tableHtml({ caption, columns, rows, filter, marked }: Table): Markup {
  const heads = columns.map(
    ({ title, numeric }) => html`<th scope="col" data-order="${numeric ? 'number' : 'text'}">${title}</th>`,
  )
  return html`<form id="controls" role="search" hidden>
<label>${filter} <input id="filter" type="search" autocomplete="off" spellcheck="false"></label>
<label class="box"><input id="marked" type="checkbox"> ${marked}</label>
<output id="shown" role="status"></output>
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
