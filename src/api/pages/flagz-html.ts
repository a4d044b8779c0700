import type { FlagStatus } from '../status-source.ts'
import { html, type Markup } from './markup.ts'
import { pageHtml, tableHtml } from './page-html.ts'
import { counted } from './words.ts'

const COLUMNS = ['Flag', 'Value', 'Default', 'Given'].map((title) => ({ title, numeric: false }))

function rowHtml({ name, value, default: byDefault, given, ignored }: FlagStatus): Markup {
  const row = given ? html`<tr data-marked class="given">` : html`<tr>`
  const note = ignored ? html`<small>without effect here</small>` : ''
  const cells = html`<td><code>${value}</code></td><td><code>${byDefault}</code></td><td>${given ? 'yes' : 'no'}</td>`
  return html`${row}<th scope="row"><span>--${name}</span>${note}</th>${cells}</tr>\n`
}

/** /flagz for a browser: those that were given first. */
export function flagzHtml(flags: readonly FlagStatus[]): Markup {
  const sorted = [...flags.filter(({ given }) => given), ...flags.filter(({ given }) => !given)]
  const given = flags.filter((flag) => flag.given).length
  const table = tableHtml({
    caption: html`${counted(flags.length, 'flag')}, the ${given} given on the command line first`,
    columns: COLUMNS,
    rows: sorted.map(rowHtml),
    filter: 'Flag or value',
    marked: 'Only flags that were given',
  })
  return pageHtml('flagz', table)
}
