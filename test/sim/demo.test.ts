import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/doctor/report.ts'
import { command } from '../../sim/demo/greeting.ts'
import { useTemporaryFolder } from '../support/temporary-folder.ts'

const DEMO = fileURLToPath(new URL('../../sim/demo.ts', import.meta.url))

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

describe('the demo', () => {
  const folder = useTemporaryFolder()
  /** Runs it with a folder of its own for what it puts aside. */
  const demo = (...args: string[]) =>
    new Promise<Outcome>((resolve) => {
      const env = { ...process.env, TMPDIR: folder.path }
      execFile(process.execPath, [DEMO, ...args], { env, encoding: 'utf8' }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      )
    })

  it('prints both tables once, ends with 0, and leaves nothing behind', async () => {
    const { code, out, err } = await demo('--once', '--nodes', '2', '--pods', '6')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^\$ kubectl top nodes\nNAME +CPU\(cores\) +CPU\(%\) +MEMORY\(bytes\) +MEMORY\(%\) *\nnode-01 +\d+m /,
    )
    const [, pods = ''] = out.split('$ kubectl top pods -A\n')
    expect(pods.trimEnd().split('\n')).toHaveLength(1 + 2 * 6)
    expect(await readdir(folder.path)).toEqual([])
  })

  it('waits for no pod that is in a crash loop', async () => {
    const { code, out } = await demo('--once', '--nodes', '10', '--pods', '30')
    expect(code).toBe(0)
    expect(out.match(/^node-\d\d /gm)).toHaveLength(10)
  })

  it('ends in order when nobody reads what it writes', async () => {
    const child = spawn(process.execPath, [DEMO, '--nodes', '1'], { env: { ...process.env, TMPDIR: folder.path } })
    await once(child.stdout, 'data')
    child.stdout.destroy()
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await readdir(folder.path)).toEqual([])
  })

  /** Starts it, and resolves with what it says first and how to end with it. */
  const started = async (command: readonly [string, ...string[]]) => {
    const [program, ...words] = command
    const child = spawn(program, words, {
      env: { ...process.env, TMPDIR: folder.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [greeting] = await once(child.stdout, 'data')
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(String(greeting))?.[1])
    // The demo holds them as long as it runs, whoever started it.
    const ended = Promise.all([once(child.stdout, 'close'), once(child.stderr, 'close')])
    child.stdout.resume()
    child.stderr.resume()
    return { child, greeting: String(greeting), port, ended }
  }
  const nothingIsLeft = async (port: number) => {
    expect(await readdir(folder.path)).toEqual([])
    const socket = net.connect(port, '127.0.0.1')
    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED')
  }

  it('says how to see what is wrong, and ends in order when its terminal is closed', async () => {
    const { child, greeting, port, ended } = await started([process.execPath, DEMO, '--nodes', '2'])
    expect(greeting).toContain(
      `kubectl --server=https://127.0.0.1:${port} --insecure-skip-tls-verify get --raw /statusz`,
    )
    const doctor = /^ +(\/\S*doctor)/m.exec(greeting)?.[1] ?? ''
    const report = await new Promise<string>((resolve) => execFile(doctor, ['-o', 'json'], (_, out) => resolve(out)))
    const { steps } = JSON.parse(report) as Report
    const nodes = steps.filter(({ check }) => check === 'node-tls')
    expect(nodes.map(({ status }) => status)).toEqual(['ok', 'ok'])
    // The Go server verifies the address that it connects to.
    for (const { message } of nodes) expect(message).toMatch(/DNS:node-\d+, IP( Address)?:127\.0\.0\.1/)
    child.kill('SIGHUP')
    expect(await once(child, 'exit')).toEqual([0, null])
    await ended
    await nothingIsLeft(port)
  })

  it('ends in order when what started it has died', async () => {
    const parent = `require('node:child_process').spawn(process.execPath, ${JSON.stringify([DEMO, '--nodes', '1'])}, { stdio: 'inherit' })`
    const { child, port, ended } = await started([process.execPath, '-e', parent])
    child.kill('SIGKILL')
    await ended
    await nothingIsLeft(port)
  })

  it('runs any command as the server', async () => {
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    const { code, out } = await demo('--once', '--nodes', '1', '--server', `${process.execPath} ${main} --v=2`)
    expect(code).toBe(0)
    expect(out).toMatch(/^node-01 +\d+m /m)
  })

  it('fails with what the server said when that does not come up, and leaves nothing behind', async () => {
    // Node.js itself knows none of a metrics server's flags.
    const { code, err } = await demo('--once', '--server', process.execPath)
    expect(code).toBe(1)
    expect(err).toMatch(/^the metrics server exited with 9:\n.*bad option: --kubeconfig=/)
    expect(await readdir(folder.path)).toEqual([])
  })

  it('says what is wrong with its arguments', async () => {
    const { code, err } = await demo('--nodes', 'many')
    expect(code).toBe(2)
    expect(err).toContain('--nodes')
  })
})

describe('a command that the demo shows', () => {
  const PATH = `/var/folders/${'a'.repeat(70)}/simulated-cluster/admin.kubeconfig`

  it.each([20, 60, 80, 200])('fits into %i columns, and can be copied as it is', async (columns) => {
    const lines = command(`printf '%s\\n' --a=b ${PATH} c`, columns)
    expect(lines.filter((line) => line.length > columns)).toEqual([])
    const out = await new Promise<string>((resolve) =>
      execFile('sh', ['-c', lines.join('\n')], (_, text) => resolve(text)),
    )
    expect(out).toBe(`--a=b\n${PATH}\nc\n`)
  })

  it('goes without its comment where there is no room for it', () => {
    expect(command('kubectl get nodes    # all of them', 80)).toEqual(['  kubectl get nodes    # all of them'])
    expect(command('kubectl get nodes    # all of them', 30)).toEqual(['  kubectl get nodes'])
  })
})
