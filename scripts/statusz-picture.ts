import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { user } from '../sim/access/authenticate.ts'
import { startCluster } from '../sim/cluster.ts'
import { freePort, OWN_SERVER, startServer } from '../sim/server-process.ts'

// The picture of /statusz in the README, from a simulated cluster:
// CHROMIUM=/usr/bin/chromium node scripts/statusz-picture.ts && pngquant --force --strip --ext .png docs/images/statusz.png
const OUT = 'docs/images/statusz.png'

const cluster = await startCluster({
  ...{ nodes: 6, podsPerNode: 30 },
  certificateOf: (name) => (name === 'node-05' ? 'self-signed' : 'node-name'),
})
const [port, certDir] = [await freePort(), mkdtempSync(join(tmpdir(), 'picture-'))]
const credentials = ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig']
const server = startServer(
  OWN_SERVER,
  [
    ...credentials.map((flag) => `--${flag}=${cluster.files.server}`),
    ...[`--secure-port=${port}`, `--cert-dir=${certDir}`, '--bind-address=127.0.0.1', '--metric-resolution=15s'],
    ...['--kubelet-preferred-address-types=InternalIP', '--kubelet-use-node-status-port'],
  ],
  port,
)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? 'chromium', args: ['--no-sandbox'] })
try {
  await server.listening(10_000)
  await pause(20_000)
  await cluster.kubelets.get('node-03')?.setFault({ kind: 'refuse' })
  await pause(20_000)
  const token = cluster.access.newToken(user('admin', ['system:masters']))
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 480 } },
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  })
  const page = await context.newPage()
  await page.goto(`https://127.0.0.1:${port}/statusz`)
  mkdirSync('docs/images', { recursive: true })
  await page.screenshot({ path: OUT, fullPage: true })
} finally {
  await browser.close()
  await server.stop()
  await cluster.stop()
  rmSync(certDir, { recursive: true })
}
