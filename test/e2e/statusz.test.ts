import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../system/server-process.ts'
import { CHROMIUM, openPage, startBrowser } from './browser.ts'
import { type MeasuredCluster, startMeasuredCluster } from './measured-cluster.ts'

const KUBECTL = process.env.KUBECTL
const run = promisify(execFile)

describe.skipIf(KUBECTL === undefined)('the pages of a server with a kubelet that refuses it', () => {
  let measured: MeasuredCluster
  let proxy: ChildProcess | undefined
  beforeAll(async () => {
    measured = await startMeasuredCluster()
    await measured.cluster.kubelets.get('node-02')?.setFault({ kind: 'status', status: 401 })
    await until(
      () => measured.server.get('/statusz'),
      ({ body }) => body.includes('failing: unauthorized'),
      20_000,
    )
  }, 60_000)
  afterAll(async () => {
    proxy?.kill()
    await measured.stop()
  })

  /** As docs/statusz.md says: kubectl with the credentials of a kubeconfig, at the server itself. */
  const atServer = (kubeconfig: string): string[] => [
    `--kubeconfig=${kubeconfig}`,
    `--server=https://127.0.0.1:${measured.server.port}`,
    '--insecure-skip-tls-verify',
  ]

  it('are read with kubectl get --raw', async () => {
    const { stdout } = await run(KUBECTL ?? '', [...atServer(measured.cluster.files.admin), 'get', '--raw', '/statusz'])
    expect(stdout).toMatch(/^node-02 {3}failing: unauthorized .* (once|\d times): at 127\.0\.0\.1:\d+: .* 401/m)
    expect(stdout).toMatch(/^node-01 {3}ok +[\d.]+ m?s ago +[\d.]+ m?s +[\d.]+ m?s +Summary +\d+$/m)
    expect(stdout).toMatch(/^Nodes: 3 of 3 served, 1 failing$/m)
    const flags = await run(KUBECTL ?? '', [...atServer(measured.cluster.files.admin), 'get', '--raw', '/flagz'])
    expect(flags.stdout).toContain('\nmetric-resolution=10s\n')
  })

  it('are refused to those who may only read metrics', async () => {
    const refused = run(KUBECTL ?? '', [...atServer(measured.cluster.files.viewer), 'get', '--raw', '/statusz'])
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('forbidden') })
  })

  it.skipIf(CHROMIUM === undefined)('are seen in a browser through kubectl proxy', async () => {
    const started = spawn(KUBECTL ?? '', [...atServer(measured.cluster.files.admin), 'proxy', '--port=0'])
    proxy = started
    const [said] = (await once(started.stdout, 'data')) as [Buffer]
    const [address] = /127\.0\.0\.1:\d+/.exec(said.toString()) ?? []
    const browser: Browser = await startBrowser()
    try {
      const { page, errors } = await openPage(browser, `http://${address}/statusz`, {})
      const rows = await page.locator('tbody tr').allInnerTexts()
      expect(rows.map((row) => row.split('\t').slice(0, 2))).toEqual([
        ['node-02', 'failing: unauthorized'],
        ['node-01', 'ok'],
        ['node-03', 'ok'],
      ])
      expect(errors).toEqual([])
      await page.getByRole('link', { name: 'flagz' }).click()
      await page.getByLabel('Only flags that were given').check()
      expect(await page.locator('tbody tr:visible th').allInnerTexts()).toContain('--metric-resolution')
    } finally {
      await browser.close()
    }
  })
})
