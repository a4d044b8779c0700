import type { NodeRow } from './statusz-view.ts'
import { counted, spanText, visible } from './words.ts'

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
export const CELLS: readonly NodeCell[] = [
  { title: 'Node', text: ({ name }) => name },
  { title: 'State', text: ({ state, failure }) => (failure === undefined ? state : `${state}: ${failure.cause}`) },
  { title: 'Last scrape', text: ({ askedAgoMs }) => ago(askedAgoMs), value: ({ askedAgoMs }) => askedAgoMs },
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
export function failureSpan({ failure }: NodeRow): string {
  if (failure === undefined) return ''
  return `for ${spanText(failure.forMs)}, ${failure.times === 1 ? 'once' : counted(failure.times, 'time')}`
}

/** The message without the node's name at its front, which the row has already. */
export function failureMessage({ name, failure }: NodeRow): string {
  const { message = '' } = failure ?? {}
  const head = `node ${name}`
  return message.startsWith(head) ? message.slice(head.length).replace(/^[: ]+/, '') : message
}

/** The last column as text. */
export const troubleOf = (node: NodeRow): string =>
  node.failure === undefined ? '' : visible(`${failureSpan(node)}: ${failureMessage(node)}`)
