import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { bucketOf, DEFAULT_BUCKETS, escapeLabel } from './histogram.ts'

const BOUNDS = DEFAULT_BUCKETS
const SUM = BOUNDS.length + 1
const LAST = SUM + 1
const LAST_SUCCESS = LAST + 1
const STRIDE = LAST_SUCCESS + 1
/** Nodes to a stretch of text, so that a scrape of 10,000 nodes does not hold up everything else. */
const STRETCH = 250

const DURATION = 'metrics_server_kubelet_request_duration_seconds'
const LAST_TIME = 'metrics_server_kubelet_last_request_time_seconds'
const LAST_SUCCESS_TIME = 'metrics_server_kubelet_last_success_time_seconds'
const FAILING = 'metrics_server_kubelet_failing'

/**
 * The families that have series for each node. The first two are kubernetes-sigs/metrics-server's,
 * pkg/scraper/scraper.go; the others say which node is missing, since when and why.
 */
export const NODE_FAMILIES = [
  {
    name: DURATION,
    type: 'histogram',
    labels: ['node'],
    help: '[ALPHA] Duration of requests to Kubelet API in seconds',
  },
  {
    name: LAST_TIME,
    type: 'gauge',
    labels: ['node'],
    help: '[ALPHA] Time of last request performed to Kubelet API since unix epoch in seconds',
  },
  {
    name: LAST_SUCCESS_TIME,
    type: 'gauge',
    labels: ['node'],
    help: 'Time of the last answer of a kubelet that could be used, since unix epoch in seconds; none of a node that never gave one.',
  },
  {
    name: FAILING,
    type: 'gauge',
    labels: ['node', 'cause'],
    help: 'Always 1, of each node whose kubelet did not answer the last request as it should, with the cause.',
  },
] as const

/**
 * How long each node's kubelet took, when it was last asked, and when and why not it answered. Fifteen numbers to a node
 * in one array: prom-client takes 3 KB for them, and a third of a second to write those of 10,000 nodes.
 */
export class NodeSeries {
  #slots = new Map<string, number>()
  #free: number[] = []
  #numbers = new Float64Array(64 * STRIDE)
  readonly #failing = new Map<string, string>()

  /**
   * @param unixSeconds when the request was made, whole seconds since the epoch.
   * @param cause why it failed, one word of few; `undefined` when it did not.
   */
  asked(node: string, seconds: number, unixSeconds: number, cause: string | undefined): void {
    const at = this.#slotOf(node) * STRIDE
    const bucket = at + bucketOf(BOUNDS, seconds)
    this.#numbers[bucket] = (this.#numbers[bucket] ?? 0) + 1
    this.#numbers[at + SUM] = (this.#numbers[at + SUM] ?? 0) + seconds
    this.#numbers[at + LAST] = unixSeconds
    if (cause === undefined) {
      this.#numbers[at + LAST_SUCCESS] = unixSeconds
      this.#failing.delete(node)
    } else this.#failing.set(node, cause)
  }

  forget(node: string): void {
    const slot = this.#slots.get(node)
    if (slot === undefined) return
    this.#slots.delete(node)
    this.#failing.delete(node)
    this.#free.push(slot)
  }

  /** All families in the exposition format, in pieces to be joined. */
  async pieces(): Promise<string[]> {
    const [duration, last, success, failing] = NODE_FAMILIES
    const pieces: string[] = []
    await this.#family(duration, pieces, (label, at, lines) => this.#durationLines(label, at, lines))
    await this.#family(last, pieces, (label, at, lines) => {
      lines.push(`${LAST_TIME}{node="${label}"} ${this.#numbers[at + LAST] ?? 0}\n`)
    })
    await this.#family(success, pieces, (label, at, lines) => {
      const seconds = this.#numbers[at + LAST_SUCCESS] ?? 0
      if (seconds > 0) lines.push(`${LAST_SUCCESS_TIME}{node="${label}"} ${seconds}\n`)
    })
    await this.#family(failing, pieces, (label, _, lines, node) => {
      const cause = this.#failing.get(node)
      if (cause !== undefined) lines.push(`${FAILING}{node="${label}",cause="${escapeLabel(cause)}"} 1\n`)
    })
    return pieces
  }

  async #family(
    { name, type, help }: (typeof NODE_FAMILIES)[number],
    pieces: string[],
    write: (label: string, at: number, lines: string[], node: string) => void,
  ): Promise<void> {
    pieces.push(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`)
    const nodes = [...this.#slots.keys()]
    for (let from = 0; from < nodes.length; from += STRETCH) {
      if (from > 0) await yieldToOthers()
      const lines: string[] = []
      for (const node of nodes.slice(from, from + STRETCH)) {
        const slot = this.#slots.get(node)
        if (slot !== undefined) write(escapeLabel(node), slot * STRIDE, lines, node)
      }
      // Joined, not added up: a sum of strings keeps all its parts, ten times the size.
      pieces.push(lines.join(''))
    }
  }

  #durationLines(label: string, at: number, lines: string[]): void {
    let count = 0
    for (let i = 0; i < SUM; i++) {
      count += this.#numbers[at + i] ?? 0
      lines.push(`${DURATION}_bucket{node="${label}",le="${BOUNDS[i] ?? '+Inf'}"} ${count}\n`)
    }
    lines.push(`${DURATION}_sum{node="${label}"} ${this.#numbers[at + SUM] ?? 0}\n`)
    lines.push(`${DURATION}_count{node="${label}"} ${count}\n`)
  }

  #slotOf(node: string): number {
    const known = this.#slots.get(node)
    if (known !== undefined) return known
    const slot = this.#free.pop() ?? this.#slots.size
    const end = (slot + 1) * STRIDE
    if (end > this.#numbers.length) {
      const grown = new Float64Array(this.#numbers.length * 2)
      grown.set(this.#numbers)
      this.#numbers = grown
    }
    this.#numbers.fill(0, slot * STRIDE, end)
    this.#slots.set(node, slot)
    return slot
  }
}
