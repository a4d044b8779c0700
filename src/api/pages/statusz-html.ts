import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { html, type Markup } from './markup.ts'
import { CELLS, failureMessage, failureSpan } from './node-cells.ts'
import { pageHtml, tableHtml } from './page-html.ts'
import type { NodeRow, StatuszView } from './statusz-view.ts'
import { counted, rfc3339, uptimeText } from './words.ts'

/** Rows made before others get their turn. */
const STRETCH = 250

const COLUMNS = [
  ...CELLS.map(({ title, value }) => ({ title, numeric: value !== undefined })),
  { title: 'Error', numeric: true },
]

function errorCell(node: NodeRow): Markup {
  const { failure } = node
  if (failure === undefined) return html`<td class="error"></td>`
  return html`<td class="error" data-value="${failure.forMs}"><b>${failureSpan(node)}</b><br>${failureMessage(node)}</td>`
}

function rowHtml(node: NodeRow): Markup {
  const cells = CELLS.slice(1).map(({ text, value }) => {
    if (value === undefined) return html`<td>${text(node)}</td>`
    return html`<td class="number" data-value="${value(node) ?? ''}">${text(node)}</td>`
  })
  const trouble = node.state === 'ok' ? html`<tr>` : html`<tr data-marked class="trouble">`
  return html`${trouble}<th scope="row"><span>${node.name}</span></th>${cells}${errorCell(node)}</tr>\n`
}

async function rowsHtml(nodes: readonly NodeRow[]): Promise<Markup[]> {
  const rows: Markup[] = []
  for (const [i, node] of nodes.entries()) {
    if (i > 0 && i % STRETCH === 0) await yieldToOthers()
    rows.push(rowHtml(node))
  }
  return rows
}

function readinessHtml({ notReady }: StatuszView): Markup {
  if (notReady.length === 0) return html`<div><dt>Ready</dt><dd><span class="good">yes</span></dd></div>`
  const reasons = notReady.map(({ name, reason }) => html`<li>${name}: ${reason}</li>`)
  return html`<div class="reasons"><dt>Ready</dt><dd><span class="bad">no</span><ul>${reasons}</ul></dd></div>`
}

function factsHtml(view: StatuszView): Markup {
  const { nodes, pods } = view.coverage
  const failing = view.nodes.filter(({ state }) => state === 'failing').length
  const missing = (known: number, served: number) => (served < known ? 'bad' : 'good')
  return html`<dl>
${readinessHtml(view)}
<div><dt>Nodes served</dt><dd><span class="${missing(nodes.known, nodes.served)}">${nodes.served} of ${nodes.known}</span></dd></div>
<div><dt>Nodes failing</dt><dd><span class="${failing > 0 ? 'bad' : 'good'}">${failing}</span></dd></div>
<div><dt>Pods served</dt><dd><span class="${missing(pods.known, pods.served)}">${pods.served} of ${pods.known}</span></dd></div>
<div><dt>Version</dt><dd>${view.version}</dd></div>
<div><dt>Node.js</dt><dd>${view.nodeVersion} (${view.platform})</dd></div>
<div><dt>Host</dt><dd>${view.hostName}</dd></div>
<div><dt>Started</dt><dd><time datetime="${rfc3339(view.startedAtMs)}">${rfc3339(view.startedAtMs)}</time></dd></div>
<div><dt>Up</dt><dd>${uptimeText(view.upSeconds)}</dd></div>
</dl>`
}

/** /statusz for a browser: complete and in a useful order without a script; with it, sorted and filtered as one likes. */
export async function statuszHtml(view: StatuszView): Promise<Markup> {
  const table = tableHtml({
    caption: html`${counted(view.nodes.length, 'node')}, those with trouble first, as of <time datetime="${rfc3339(view.nowMs)}">${rfc3339(view.nowMs)}</time>`,
    columns: COLUMNS,
    rows: await rowsHtml(view.nodes),
    filter: 'Node, state or error',
    marked: 'Only nodes with trouble',
  })
  return pageHtml('statusz', html`${factsHtml(view)}${table}`)
}
