import type { NodeStatus } from '../../src/api/options.ts'

/** A node that is asked and served as it should be, but for what a test changes. */
export const nodeStatus = (name: string, changes: Partial<NodeStatus> = {}): NodeStatus => ({
  name,
  scrapedAgoMs: 4000,
  tookMs: 12,
  source: 'summary',
  sampledAtMs: Date.UTC(2026, 0, 1, 11, 59, 50),
  pods: { reported: 3, served: 3 },
  failure: undefined,
  ...changes,
})

/** A node that does not answer. */
export const failingNode = (name: string, forMs: number, message = `node ${name} at 10.0.0.1:10250: no route`) =>
  nodeStatus(name, {
    sampledAtMs: undefined,
    source: undefined,
    pods: { reported: 0, served: 0 },
    failure: { cause: 'connection', message, forMs, times: 4 },
  })

/** What whoever wants to run a script, forge a line or hide text would call things. */
export const HOSTILE = [
  '<script>document.title="taken"</script>',
  '"><img src=x onerror="document.title=\'taken\'">',
  "' onmouseover='document.title=1' x='",
  '</td></tr></table><style>*{display:none}</style>',
  '&lt;b&gt;&#60;script&#62;',
  '\u202egpj.exe\u0000\r\nnode-99   ok',
  '</script><script>document.title="taken"</script>',
  '{{constructor}}<!--',
]
