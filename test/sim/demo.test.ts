import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
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
