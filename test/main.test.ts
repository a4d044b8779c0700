import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const main = (...argv: string[]): Promise<Ended> => run(MAIN, ...argv)

const run = (...argv: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, argv, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err })
    })
  })

describe('an older Node.js', () => {
  const older = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })'
  const script = fileURLToPath(new URL('../scripts/require-node.cjs', import.meta.url))

  it.each([
    ['the server', MAIN],
    ['the doctor', MAIN, 'doctor'],
    ['a script', script],
  ])('is told in one line by %s', async (_, ...argv) => {
    const { code, out, err } = await run('--import', `data:text/javascript,${encodeURIComponent(older)}`, ...argv)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^(Error: )?Node\.js 24 or newer is needed, and this is 20\.20\.2: .+\n$/)
  })

  it('is reported by every script that runs TypeScript', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    const commands = (Object.values(scripts) as string[]).filter((command) => /\.ts\b/.test(command))
    expect(commands.filter((command) => !command.startsWith('node -r ./scripts/require-node.cjs '))).toEqual([])
    expect(commands.length).toBeGreaterThan(5)
  })
})

describe('the process', () => {
  it('prints its version', async () => {
    expect(await main('--version')).toEqual({ code: 0, out: `v${version}\n`, err: '' })
  })

  it('prints every flag by section', async () => {
    const { code, out, err } = await main('--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const sections = out.split('\n').filter((line) => /^(?! ).*[Ff]lags.*:$/.test(line))
    expect(sections).toEqual([
      'Metrics server flags:',
      'Generic flags:',
      'Kubelet client flags:',
      'Apiserver secure serving flags:',
      'Apiserver authentication flags:',
      'Apiserver authorization flags:',
      'Logging flags:',
      'Flags of the Go server that are accepted and have no effect here:',
    ])
    const column = out.indexOf('Port of the kubelets.') - out.indexOf('      --kubelet-port int ')
    expect(column).toBe('      --kubelet-preferred-address-types strings   '.length)
    expect(out).toMatch(/^ {6}--kubelet-port int {3,}Port of the kubelets\. \(default 10250\)$/m)
    expect(out).toMatch(/^ {2}-l, --node-selector string {3,}Label selector/m)
    expect(out).toMatch(/^ {2}-v, --v Level {3,}\S.*\n\nFlags of the Go server/m)
    expect(out).toMatch(/\n {6}--vmodule pattern=N,\.\.\. {3,}\S.*\n$/)
  })

  it('reports every problem with its flags at once, on standard error', async () => {
    const { code, out, err } = await main('--metric-resolution=5s', '--kubelet-prt=1', '--kubelet-insecure-tls=maybe')
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err.split('\n')).toEqual([
      'Error: unknown flag: --kubelet-prt (did you mean --kubelet-port?)',
      'Error: --kubelet-insecure-tls must be true or false, not "maybe"',
      'Error: --metric-resolution must be at least 10s, not 5s',
      'Error: --kubelet-request-timeout (10s) must be at most nine tenths of --metric-resolution (5s)',
      '',
    ])
  })

  it.each([
    ['text', /^E\d{4} [\d:.]{15} +\d+ program\.ts:\d+\] "Could not start" err=".+"$/],
    ['json', /^\{"severity":"error","ts":[\d.]+,"caller":"program\.ts:\d+","msg":"Could not start","err":".+"\}$/],
  ])('says in one line of %s why it cannot start', async (format, line) => {
    const { code, out, err } = await main('--kubeconfig=/does/not/exist', `--logging-format=${format}`)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.trimEnd().split('\n').at(-1)).toMatch(line)
  })
})
