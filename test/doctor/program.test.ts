import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { serverArgumentsIn } from '../../src/options/doctor.ts'
import { importsOf, resolveImport, sourceFile } from '../support/source-files.ts'
import { diagnose, doctor, kubeletFlags } from './doctor-fixture.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 21, podsPerNode: 1 })
})
afterAll(() => cluster.stop())

const flags = () => [`--kubeconfig=${cluster.files.server}`, ...kubeletFlags(cluster)]

describe('metrics-server doctor', () => {
  it('is a program of its own, that ends with what it found', async () => {
    const ended = await new Promise<{ code: unknown; out: string }>((resolve) =>
      execFile(process.execPath, [MAIN, 'doctor', ...flags()], (error, out) =>
        resolve({ code: error?.code ?? 0, out }),
      ),
    )
    expect(ended.code).toBe(1)
    expect(ended.out).toMatch(/^failed {3}metrics-api /m)
    expect(ended.out).toMatch(/^ok {7}node: 21 are well/m)
    expect(ended.out).toMatch(/\nSomething is wrong, 1 cause: \d+ ok, 0 notes, 6 skipped, 1 failed\.\n$/)
  })

  it('is no part of the server, which pays nothing for it', () => {
    const seen = new Set<string>()
    const follow = (path: string): void => {
      if (seen.has(path)) return
      seen.add(path)
      for (const specifier of importsOf(sourceFile(path))) {
        if (specifier.startsWith('.') && specifier.endsWith('.ts')) follow(resolveImport(path, specifier))
      }
    }
    follow('src/server.ts')
    follow('src/program.ts')
    expect(seen.size).toBeGreaterThan(100)
    expect([...seen].filter((path) => /doctor|inspection|kubelet\/(probe|peer|endpoints)/.test(path))).toEqual([])
    expect(importsOf(sourceFile('src/main.ts')).filter((path) => path.startsWith('.'))).toEqual([
      './engine.ts',
      './program.ts',
      './options/parse.ts',
      './program.ts',
      './server.ts',
      './server/doctor.ts',
    ])
    expect(sourceFile('src/main.ts').text).not.toMatch(/^import .*server/m)
  })

  it('explains itself', async () => {
    const { code, out, err } = await doctor(['--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('-o, --output string')
    expect(out).toContain('metrics-server doctor')
    expect(out).toContain('--kubelet-preferred-address-types')
  })

  it('ends with 2 for bad flags, all reported at once', async () => {
    const { code, out, err } = await doctor(['--output=yaml', '--kubelet-prt=1', '--metric-resolution=1s'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err.split('\n').slice(0, 2)).toEqual([
      'Error: --output must be one of text, json, not "yaml"',
      'Error: unknown flag: --kubelet-prt (did you mean --kubelet-port?)',
    ])
    expect(err).toContain('--metric-resolution must be at least 10s')
  })

  it('ends with 2 for files of the kubelet flags that cannot be used', async () => {
    const { code, out, err } = await doctor([...flags(), '--kubelet-certificate-authority=/does/not/exist'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(
      /^Error: .*--kubelet-certificate-authority: the file \/does\/not\/exist cannot be read: ENOENT: no such file or directory$/m,
    )
  })

  it('says the same of the same cluster', async () => {
    const [first, second] = [await diagnose(cluster), await diagnose(cluster)]
    const names = ({ report }: typeof first) => report.steps.map(({ check, subject }) => `${check} ${subject}`)
    expect(names(first)).toEqual(names(second))
  })

  it('shows how far it is on a terminal, and leaves nothing of that', async () => {
    const { err } = await doctor(flags(), { showsProgress: true })
    expect(err).toMatch(/^\r1 of 21 nodes(\r\d+ of 21 nodes)*\r21 of 21 nodes\r\u001b\[K$/)
    expect((await doctor(flags())).err).toBe('')
  })
})

describe('the flags of the server beside it', () => {
  const PROGRAM = '/app/dist/main.js'
  const commandLine = (...words: string[]) => words.map((word) => `${word}\0`).join('')

  it.each([
    ['are those after its script', ['node', PROGRAM, '--a', '--b=c d'], ['--a', '--b=c d']],
    ['may be none', ['node', PROGRAM], []],
    ['may come after options of Node.js', ['node', '--disable-sigusr1', PROGRAM, '--a'], ['--a']],
    [
      "are found where the image's own command runs",
      ['/nodejs/bin/node', '--disable-sigusr1', '/usr/local/bin/metrics-server', '--cert-dir=/metrics-server'],
      ['--cert-dir=/metrics-server'],
    ],
    ['are not those of a program that only names it', ['/pause', 'for', '/metrics-server', '-x'], undefined],
    ['are not those of another program', ['/pause'], undefined],
    ['are not those of another doctor', ['node', PROGRAM, 'doctor', '-o', 'json'], undefined],
    ['are not known without a process', [], undefined],
  ])('%s', (_, words, expected) => {
    expect(serverArgumentsIn(commandLine(...words), PROGRAM)).toEqual(expected)
  })

  it('are used when none is given', async () => {
    const { out } = await doctor(['-o', 'json'], { firstProcess: commandLine('node', PROGRAM, ...flags()) })
    const { steps } = JSON.parse(out) as { steps: { check: string; message: string }[] }
    expect(steps[0]?.message).toBe(`those of the server that runs here: ${flags().join(' ')}`)
    expect(steps.some(({ check }) => check === 'node-address')).toBe(true)
  })

  it('are not used when any is given', async () => {
    const { out } = await doctor(['--v=0'], { firstProcess: commandLine('node', PROGRAM, ...flags()) })
    expect(out).toMatch(/^ok {7}flags: as given: --v=0$/m)
  })
})
