import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { NodeStatus, StatusSource } from '../../../src/api/options.ts'
import { htmlAnswer, SCRIPT, STYLE } from '../../../src/api/pages/page-html.ts'
import { statuszHtml, statuszText, statuszView } from '../../../src/api/pages/statusz.ts'
import { failingNode, HOSTILE, nodeStatus } from '../../support/node-statuses.ts'
import { quietStatus } from '../../support/quiet-status.ts'

const NOW_MS = Date.UTC(2026, 0, 1, 12, 0, 0)
const VERSION = {
  ...{ major: '0', minor: '1', gitVersion: 'v0.1.0', gitCommit: '', gitTreeState: '', buildDate: '' },
  ...{ goVersion: 'node v26.0.0', compiler: 'v8', platform: 'linux/amd64' },
}

function viewOf(nodes: readonly NodeStatus[], notReady: { name: string; reason: string }[] = []) {
  const told: Partial<StatusSource> = {
    startedAtMs: NOW_MS - 93_784_000,
    coverage: () => ({ nodes: { known: 5, served: 4 }, pods: { known: 9, served: 9 } }),
    nodes: () => nodes,
  }
  return statuszView({
    status: quietStatus(told),
    version: VERSION,
    clock: { wallMs: () => NOW_MS },
    notReady: () => notReady,
    paths: ['/', '/apis/metrics.k8s.io', '/healthz/ping', '/healthz', '/openapi/v3/', '/statusz'],
  })
}

describe('/statusz in plain text', () => {
  it('begins as those of all components do', () => {
    expect(statuszText(viewOf([])).split('\n').slice(0, 11)).toEqual([
      '',
      'metrics-server statusz',
      expect.stringMatching(/^Warning: This endpoint is not meant to be machine parseable/),
      '',
      'Started: Wed Dec 31 09:56:56 UTC 2025',
      'Up: 26 hr 03 min 04 sec',
      'Node.js version: v26.0.0 (linux/amd64)',
      'Binary version: 0.1.0',
      'Host: metrics-server-0',
      'Paths: /healthz /statusz',
      '',
    ])
  })

  it('says whether the server is ready, and why not', () => {
    expect(statuszText(viewOf([]))).toContain('\nReady: yes\nNodes: 4 of 5 served, 0 failing\nPods: 9 of 9 served\n')
    const text = statuszText(viewOf([], [{ name: 'metric-storage-ready', reason: 'no metrics\nyet' }]))
    expect(text).toContain('\nReady: no\n  metric-storage-ready: no metrics\\u{a}yet\n')
  })

  it('has a line for each node, those with trouble first, the longest before', () => {
    const nodes = [
      nodeStatus('node-10'),
      nodeStatus('node-2', { source: 'resource', pods: { reported: 12, served: 11 } }),
      failingNode('node-3', 20_000),
      failingNode('node-4', 190_000),
      nodeStatus('node-5', { scrapedAgoMs: undefined, tookMs: undefined, source: undefined, sampledAtMs: undefined }),
      nodeStatus('node-6', { sampledAtMs: undefined }),
    ]
    const lines = statuszText(viewOf(nodes)).split('\n').slice(15)
    expect(lines.map((line) => line.split(/\s{3,}/))).toEqual([
      ['NODE', 'STATE', 'LAST SCRAPE', 'TOOK', 'SAMPLE AGE', 'SOURCE', 'PODS', 'ERROR'],
      [
        'node-4',
        'failing: connection',
        '4.0 s ago',
        '12 ms',
        '-',
        '-',
        '0',
        'for 3 min, 4 times: at 10.0.0.1:10250: no route',
      ],
      [
        'node-3',
        'failing: connection',
        '4.0 s ago',
        '12 ms',
        '-',
        '-',
        '0',
        'for 20 s, 4 times: at 10.0.0.1:10250: no route',
      ],
      ['node-6', 'no sample', '4.0 s ago', '12 ms', '-', 'Summary', '3'],
      ['node-5', 'not scraped', 'never', '-', '-', '-', '3'],
      ['node-2', 'ok', '4.0 s ago', '12 ms', '10 s', '/metrics/resource', '11 of 12'],
      ['node-10', 'ok', '4.0 s ago', '12 ms', '10 s', 'Summary', '3'],
      [''],
    ])
  })

  it.each(HOSTILE)('keeps %j to its own line', (name) => {
    const lines = statuszText(viewOf([failingNode(name, 1000, name)])).split('\n')
    expect(lines).toHaveLength(18)
    expect(lines.join('')).not.toMatch(/(?! )[\p{C}\p{Z}]/u)
  })
})

describe('/statusz in HTML', () => {
  it.each(HOSTILE)('takes %j as text', async (name) => {
    const { text } = await statuszHtml(viewOf([failingNode(name, 1000, name), nodeStatus(name)]))
    const harmless = await statuszHtml(viewOf([failingNode('a', 1000, 'b'), nodeStatus('c')]))
    const elements = (page: string) => page.match(/<\/?[a-z!][^>]*>/gi)
    expect(elements(text)).toEqual(elements(harmless.text))
  })

  it('runs no script and takes no style but those whose hash the answer names', async () => {
    const { body, headers } = htmlAnswer(await statuszHtml(viewOf([])))
    const page = body.toString()
    const policy = headers?.['content-security-policy'] ?? ''
    const hashes = [/<script type="module">(.*?)<\/script>/s, /<style>(.*?)<\/style>/s].map((element) => {
      const digest = createHash('sha256').update(element.exec(page)?.[1] ?? '')
      return `'sha256-${digest.digest('base64')}'`
    })
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hashes[0]}`,
      `style-src ${hashes[1]}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
    expect(page.match(/<(script|style)\b/g)).toEqual(['<style', '<script'])
  })

  it('refers to nothing elsewhere', async () => {
    const { text } = await statuszHtml(viewOf([nodeStatus('a')]))
    expect(text).not.toMatch(/https?:|\/\/[a-z]|\bsrc=|@import|url\(/)
    expect([...text.matchAll(/href="([^"]*)"/g)].map((m) => m[1])).toEqual([
      'statusz',
      'flagz',
      'metrics',
      'readyz?verbose',
    ])
  })

  it('has a script and a style that end where they should', () => {
    expect(SCRIPT).not.toMatch(/<\/script|<!--/i)
    expect(STYLE).not.toMatch(/<\//)
  })

  it('gives a row for each of 5000 nodes, and others their turn meanwhile', async () => {
    const nodes = Array.from({ length: 5000 }, (_, i) => failingNode(`node-${i}`, i))
    let turns = 0
    const count = () => {
      turns++
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    const { text } = await statuszHtml(viewOf(nodes))
    clearImmediate(timer)
    expect(text.match(/<tr data-marked/g)).toHaveLength(5000)
    expect(turns).toBeGreaterThan(10)
  })
})
