import type { FlagStatus } from '../options.ts'
import { html, type Markup, pageHtml, tableHtml } from './page-html.ts'
import { counted, textHead, visible } from './words.ts'

/** The fields of `Flagz` of config.k8s.io but for its head (apiserver, pkg/server/flagz/api/v1beta1/types.go). */
export const flagzDocument = (flags: readonly FlagStatus[]): object => ({
  // Names of our own table, never from outside.
  flags: Object.fromEntries(flags.map(({ name, value }) => [name, value])),
})

/** /flagz in plain text: `name=value`, a line each. */
export const flagzText = (flags: readonly FlagStatus[]): string =>
  [...textHead('flagz'), ...flags.map(({ name, value }) => `${name}=${visible(value)}`), ''].join('\n')

const COLUMNS = ['Flag', 'Value', 'Default', 'Given'].map((title) => ({ title, numeric: false }))

function rowHtml({ name, value, default: byDefault, given, ignored }: FlagStatus): Markup {
  const row = given ? html`<tr data-marked class="given">` : html`<tr>`
  const note = ignored ? html` <small>without effect here</small>` : ''
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
    order: 'Given first',
    row: 'flag',
  })
  return pageHtml('flagz', table)
}
