import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { type ServerProcess, startServer, until } from './server-process.ts'

interface Line {
  readonly caller: string
  readonly msg: string
  readonly [field: string]: unknown
}

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, podsPerNode: 3 })
})
afterAll(() => cluster.stop())

const linesOf = (server: ServerProcess): Line[] =>
  server
    .log()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

describe('the log of a server', () => {
  let server: ServerProcess
  const logged = (msg: string) =>
    until(
      async () => linesOf(server).filter((line) => line.msg === msg),
      (found) => found.length > 0,
      30_000,
    )
  beforeAll(async () => {
    server = await startServer(cluster, ['--logging-format=json', '-v', '4'])
  })
  afterAll(() => server.stop())

  it('begins with its version, that of Node.js and the flags that were given', async () => {
    await logged('Serving securely')
    expect(linesOf(server)[0]).toMatchObject({
      msg: 'Starting metrics-server',
      version: expect.stringMatching(/^v\d+\.\d+\.\d+/),
      nodejs: process.version,
      flags: expect.arrayContaining(['--logging-format=json', '--metric-resolution=10s', '--v=4']),
    })
  })

  it('has a line for each scrape and each request at v=4, and one for each cycle at v=2', async () => {
    const [scrape] = await logged('Scraped node')
    expect(scrape).toMatchObject({ v: 4, node: expect.stringMatching(/^node-0[12]$/), durationMs: expect.any(Number) })
    await server.get('/apis/metrics.k8s.io/v1beta1/nodes?limit=1')
    const requests = await logged('HTTP')
    const list = requests.find(({ URI }) => URI === '/apis/metrics.k8s.io/v1beta1/nodes?limit=1')
    expect(list).toMatchObject({ v: 4, verb: 'GET', resp: 200, latency: expect.stringMatching(/^\d+\.\d{3}ms$/) })
    const [cycle] = await logged('Scrape cycle ended')
    expect(cycle).toMatchObject({ v: 2, nodes: 2, failed: 0, pods: 6 })
  })

  it('names the file and line that logged each', async () => {
    await logged('Serving securely')
    for (const { caller, msg } of linesOf(server)) {
      const [, file = '', line] = /^([\w/-]+\.ts):(\d+)$/.exec(caller) ?? []
      const text = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8')
      expect(
        text
          .split('\n')
          .slice(Number(line) - 1, Number(line) + 3)
          .join('\n'),
        `${caller} ${msg}`,
      ).toMatch(/log\.|options\.log|faults\./)
    }
  })
})

describe('a server that cannot listen', () => {
  const failure = async (...flags: string[]) => {
    const server = await startServer(cluster, flags)
    expect(await server.exited()).toBe(1)
    return server.log().trimEnd().split('\n').at(-1)
  }

  it('because its port is taken says so with the flag and the usual reason', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    try {
      expect(await failure(`--secure-port=${port}`)).toMatch(
        new RegExp(
          `"Could not start" err="the port ${port} \\(--secure-port\\) .*EADDRINUSE.*hostNetwork.*kubelet.*"$`,
        ),
      )
    } finally {
      other.close()
    }
  })

  it('because its address is of another machine says so with the flag', async () => {
    expect(await failure('--bind-address=192.0.2.7')).toMatch(
      /err="the address 192\.0\.2\.7 \(--bind-address\) is not an address of this machine \(EADDRNOTAVAIL\): [^"]*"$/,
    )
  })

  it('because a file is missing says so with the path, once', async () => {
    const line = await failure('--kubelet-certificate-authority=/nowhere/ca.crt')
    expect(line?.match(/ENOENT/g)).toHaveLength(1)
    expect(line?.match(/nowhere/g)).toHaveLength(1)
  })
})
