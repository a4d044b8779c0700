import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { Clock } from '../../model/clock.ts'
import type { Coverage, Covered } from '../../model/usage.ts'
import type { NodeStatus, StatusSource, VersionInfo } from '../options.ts'
import { html, type Markup, pageHtml, tableHtml } from './page-html.ts'
import { counted, rfc3339, spanText, textHead, unixDate, uptimeText, visible } from './words.ts'

/** What the pages are made of. */
export interface PageParts {
  readonly status: StatusSource
  readonly version: VersionInfo
  readonly clock: Pick<Clock, 'wallMs'>
  /** The checks of /readyz that fail now. */
  notReady(): readonly { readonly name: string; readonly reason: string }[]
  /** Every path that the server answers. */
  readonly paths: readonly string[]
}

/** The state of a node. Only `ok` needs no attention. */
export type NodeState = 'ok' | 'failing' | 'no sample' | 'not scraped'

export interface NodeRow extends Omit<NodeStatus, 'sampledAtMs'> {
  readonly state: NodeState
  /** Of what is served of the node, milliseconds; negative when the node's clock is ahead of ours. */
  readonly sampleAgeMs: number | undefined
}

/** What /statusz shows, before it is text or HTML. */
export interface StatuszView {
  readonly nowMs: number
  readonly hostName: string
  readonly startedAtMs: number
  readonly upSeconds: number
  /** "0.1.0". */
  readonly version: string
  readonly nodeVersion: string
  readonly platform: string
  /** First segments of the paths that are for looking, sorted. */
  readonly paths: readonly string[]
  /** Why the server is not ready; empty when it is. */
  readonly notReady: readonly { readonly name: string; readonly reason: string }[]
  readonly coverage: Coverage
  /** Those with trouble first, those that fail the longest before others; then by name. */
  readonly nodes: readonly NodeRow[]
}

/** As apiserver leaves them out (pkg/server/statusz/statusz.go, nonDebuggingEndpoints). */
const NOT_FOR_LOOKING = new Set(['/apis', '/api', '/openid', '/openapi', '/.well-known'])

function firstSegments(paths: readonly string[]): string[] {
  const folders = paths.map((path) => `/${path.split('/')[1] ?? ''}`)
  return [...new Set(folders)].filter((folder) => folder !== '/' && !NOT_FOR_LOOKING.has(folder)).sort()
}

function stateOf({ scrapedAgoMs, sampledAtMs, failure }: NodeStatus): NodeState {
  if (failure !== undefined) return 'failing'
  if (scrapedAgoMs === undefined) return 'not scraped'
  return sampledAtMs === undefined ? 'no sample' : 'ok'
}

const RANK: readonly NodeState[] = ['failing', 'no sample', 'not scraped', 'ok']

function byTrouble(names: Intl.Collator) {
  return (a: NodeRow, b: NodeRow): number =>
    RANK.indexOf(a.state) - RANK.indexOf(b.state) ||
    (b.failure?.forMs ?? 0) - (a.failure?.forMs ?? 0) ||
    names.compare(a.name, b.name)
}

export function statuszView({ status, version, clock, notReady, paths }: PageParts): StatuszView {
  const nowMs = clock.wallMs()
  const rows = status.nodes().map((node): NodeRow => {
    const sampleAgeMs = node.sampledAtMs === undefined ? undefined : nowMs - node.sampledAtMs
    return { ...node, state: stateOf(node), sampleAgeMs }
  })
  return {
    nowMs,
    hostName: status.hostName,
    startedAtMs: status.startedAtMs,
    upSeconds: Math.max(0, Math.floor((nowMs - status.startedAtMs) / 1000)),
    version: version.gitVersion.replace(/^v/, ''),
    nodeVersion: version.goVersion.replace(/^node /, ''),
    platform: version.platform,
    paths: firstSegments(paths),
    notReady: notReady(),
    coverage: status.coverage(),
    // node-2 before node-10.
    nodes: rows.sort(byTrouble(new Intl.Collator('en', { numeric: true }))),
  }
}

/** A column of the nodes' table. */
export interface NodeCell {
  readonly title: string
  text(node: NodeRow): string
  /** What rows are ordered by when it is not the text; `undefined` goes to the end. */
  value?(node: NodeRow): number | undefined
}

const NOTHING = '-'
const ago = (ms: number | undefined): string => (ms === undefined ? 'never' : `${spanText(ms)} ago`)
const span = (ms: number | undefined): string => (ms === undefined ? NOTHING : spanText(ms))

const SOURCES = { summary: 'Summary', resource: '/metrics/resource' } as const

/** All columns but the last, which says what is wrong. */
const CELLS: readonly NodeCell[] = [
  { title: 'Node', text: ({ name }) => name },
  { title: 'State', text: ({ state, failure }) => (failure === undefined ? state : `${state}: ${failure.cause}`) },
  { title: 'Last scrape', text: ({ scrapedAgoMs }) => ago(scrapedAgoMs), value: ({ scrapedAgoMs }) => scrapedAgoMs },
  { title: 'Took', text: ({ tookMs }) => span(tookMs), value: ({ tookMs }) => tookMs },
  { title: 'Sample age', text: ({ sampleAgeMs }) => span(sampleAgeMs), value: ({ sampleAgeMs }) => sampleAgeMs },
  { title: 'Source', text: ({ source }) => (source === undefined ? NOTHING : SOURCES[source]) },
  {
    title: 'Pods',
    text: ({ pods: { served, reported } }) => (served === reported ? String(served) : `${served} of ${reported}`),
    value: ({ pods }) => pods.served,
  },
]

/** Since when and how often: "for 3 min, 4 times"; empty when nothing is wrong. */
function failureSpan({ failure }: NodeRow): string {
  if (failure === undefined) return ''
  return `for ${spanText(failure.forMs)}, ${failure.times === 1 ? 'once' : counted(failure.times, 'time')}`
}

/** The message without the node's name at its front, which the row has already. */
function failureMessage({ name, failure }: NodeRow): string {
  const { message = '' } = failure ?? {}
  const head = `node ${name}`
  return message.startsWith(head) ? message.slice(head.length).replace(/^[: ]+/, '') : message
}

/** The failure in one line; empty without one. */
const failureText = (node: NodeRow): string =>
  node.failure === undefined ? '' : `${failureSpan(node)}: ${failureMessage(node)}`

/**
 * The fields of `Statusz` of config.k8s.io but for its head, in Go's order (apiserver, pkg/server/statusz/api/v1beta1/types.go).
 * `goVersion` is the runtime's, as in /version.
 */
export function statuszDocument(parts: PageParts): object {
  const { startedAtMs, upSeconds, version, paths } = statuszView({ ...parts, status: withoutNodes(parts) })
  return {
    startTime: rfc3339(startedAtMs),
    uptimeSeconds: upSeconds,
    goVersion: parts.version.goVersion,
    binaryVersion: version,
    paths,
  }
}

const withoutNodes = ({ status }: PageParts) => ({ ...status, nodes: () => [] })

const served = ({ known, served }: Covered): string => `${served} of ${known} served`

function readiness({ notReady }: StatuszView): string[] {
  if (notReady.length === 0) return ['Ready: yes']
  return ['Ready: no', ...notReady.map(({ name, reason }) => `  ${name}: ${visible(reason)}`)]
}

function table(nodes: readonly NodeRow[]): string[] {
  const heads = [...CELLS.map(({ title }) => title.toUpperCase()), 'ERROR']
  const rows = [heads, ...nodes.map((node) => [...CELLS.map(({ text }) => text(node)), failureText(node)].map(visible))]
  const widths = heads.map((_, i) => rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), 0))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(i === row.length - 1 ? 0 : (widths[i] ?? 0)))
      .join('   ')
      .trimEnd(),
  )
}

/** /statusz in plain text: what every component of Kubernetes shows, then the state of the nodes. */
export function statuszText(view: StatuszView): string {
  const failing = view.nodes.filter(({ state }) => state === 'failing').length
  return [
    ...textHead('statusz'),
    `Started: ${unixDate(view.startedAtMs)}`,
    `Up: ${uptimeText(view.upSeconds)}`,
    `Node.js version: ${view.nodeVersion} (${view.platform})`,
    `Binary version: ${view.version}`,
    `Host: ${visible(view.hostName)}`,
    `Paths: ${view.paths.join(' ')}`,
    '',
    ...readiness(view),
    `Nodes: ${served(view.coverage.nodes)}, ${failing} failing`,
    `Pods: ${served(view.coverage.pods)}`,
    '',
    ...table(view.nodes),
    '',
  ].join('\n')
}

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

/** The error under the node's name, where a narrow screen has no room for its column. */
function errorBelow(node: NodeRow): Markup {
  if (node.failure === undefined) return html``
  return html` <small class="below">${failureText(node)}</small>`
}

function rowHtml(node: NodeRow): Markup {
  const cells = CELLS.slice(1).map(({ text, value }) => {
    if (value === undefined) return html`<td>${text(node)}</td>`
    return html`<td class="number" data-value="${value(node) ?? ''}">${text(node)}</td>`
  })
  const trouble = node.state === 'ok' ? html`<tr>` : html`<tr data-marked class="trouble">`
  return html`${trouble}<th scope="row"><span>${node.name}</span>${errorBelow(node)}</th>${cells}${errorCell(node)}</tr>\n`
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
    order: 'Trouble first',
    row: 'node',
  })
  return pageHtml('statusz', html`${factsHtml(view)}${table}`)
}
