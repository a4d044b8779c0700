import { describe, expect, it } from 'vitest'
import { about, causedBy, type Section } from '../../src/doctor/check.ts'
import { reportOf } from '../../src/doctor/report.ts'
import { type TextOptions, textReport } from '../../src/doctor/text.ts'
import { doctor } from './doctor-fixture.ts'

const CA =
  'give the CA that issued it in --kubelet-certificate-authority, or set serverTLSBootstrap: true in the kubelet'
const nameOf = (i: number): string => `node-${String(i).padStart(3, '0')}`

const wellNode = (name: string): Section => ({
  checks: [about('node-tls', name).ok('DNS:x'), about('node-sample', name).ok('last sample 3.0 s old')],
  summary: about('node', name).ok(`all is well with ${name}`),
})

/** Its certificate is not accepted, so that nothing is served of it and of its 8 pods. */
function brokenNode(name: string, reason: string, remedy: string): { node: Section; pods: Section['checks'] } {
  const tls = about('node-tls', name).failed(`10.0.0.1:10250: ${reason} at ${name}`, remedy, reason)
  const sample = causedBy(about('node-sample', name).note('no usage of it is served'), [tls])
  const pods = { ...causedBy(about('node-pods', name).note('8 running pods have no metrics'), [tls]), count: 8 }
  return { node: { checks: [tls, sample], summary: about('node', name).ok('') }, pods: [pods] }
}

/** A cluster of 200 nodes of which 10 fail, each with a reason by its number. */
function clusterWith(reasonOf: (i: number) => string): Section[] {
  const broken = Array.from({ length: 10 }, (_, i) => brokenNode(nameOf(i * 7), reasonOf(i), `${reasonOf(i)}: ${CA}`))
  const names = new Map(broken.map(({ node }, i) => [nameOf(i * 7), node]))
  const nodes = Array.from({ length: 200 }, (_, i) => names.get(nameOf(i)) ?? wellNode(nameOf(i)))
  const pods = about('pods').failed('80 of 1600 running pods have no metrics', 'see their nodes')
  const causes = broken.flatMap(({ node }) => node.checks.slice(0, 1))
  return [
    { checks: [about('flags').ok('none')] },
    ...nodes,
    { checks: [causedBy(pods, causes), ...broken.flatMap((one) => one.pods)] },
  ]
}

const PLAIN: TextOptions = { quiet: false, terminal: undefined, colour: false }
const TERMINAL = { columns: 80, rows: 24 }
const textOf = (sections: readonly Section[], options: Partial<TextOptions> = {}): string =>
  textReport(sections, reportOf(sections, '1.2.3', 0), { ...PLAIN, ...options })

/** What is left on the screen when the prompt stands below it. */
const screenOf = (text: string): string[] => text.split('\n').slice(-TERMINAL.rows)

describe('the report as text', () => {
  it('names a cause of many nodes once, with what follows from it, at the end', () => {
    const lines = textOf(clusterWith(() => 'untrusted'))
      .trimEnd()
      .split('\n')
    expect(lines.slice(-7)).toEqual([
      '',
      'failed   node-tls, 10 nodes: node-000: 10.0.0.1:10250: untrusted at node-000',
      '         the same: node-007, node-014, node-021, node-028, node-035, node-042, node-049, node-056 and 1 more',
      '         therefore 10 nodes and 80 pods have no metrics',
      `         => untrusted: ${CA}`,
      '',
      '80 of 1600 running pods have no metrics. Something is wrong, 1 cause: 381 ok, 20 notes, 0 skipped, 11 failed.',
    ])
    expect(lines).toContain('ok       node: 190 are well (-o json has each)')
    expect(lines.filter((line) => line.startsWith('note'))).toEqual([])
  })

  it('shows on 80x24 what to do when 10 of 200 nodes fail for one cause', () => {
    const screen = screenOf(
      textOf(
        clusterWith(() => 'untrusted'),
        { terminal: TERMINAL },
      ),
    )
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(screen.join('\n')).toContain('failed   node-tls, 10 nodes')
    expect(screen.join(' ').replace(/ +/g, ' ')).toContain(CA)
  })

  it('shows on 80x24 what to do when 10 of 200 nodes fail for 10 causes', () => {
    const screen = screenOf(
      textOf(
        clusterWith((i) => `reason-${i}`),
        { terminal: TERMINAL },
      ),
    )
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThanOrEqual(80)
    const heads = screen.filter((line) => line.startsWith('failed'))
    expect(heads.length).toBeGreaterThanOrEqual(9)
    expect(screen.filter((line) => line.startsWith('         => reason-'))).toHaveLength(heads.length)
    expect(screen.join('\n')).toContain('-o json has all')
  })

  it('puts what most nodes have before what a few have, and both after what is not of nodes', () => {
    const apiservice = { checks: [about('apiservice').failed('wrong', 'fix it')] }
    const sections = [apiservice, ...clusterWith((i) => (i === 0 ? 'rare' : 'common'))]
    const { problems } = reportOf(sections, '1', 0)
    expect(problems.map(({ check, reason, subjects }) => [check, reason, subjects.length])).toEqual([
      ['apiservice', undefined, 1],
      ['node-tls', 'common', 9],
      ['node-tls', 'rare', 1],
    ])
  })

  it('puts together what is skipped for want of rights that come together', () => {
    const skipped = (check: string) => ({ checks: [about(check).skipped(`no right to get ${check}s`, 'grant them')] })
    expect(textOf([skipped('apiservice'), skipped('service')])).toContain(
      'skipped  apiservice, service: no right to get apiservices; no right to get services => grant them\n',
    )
  })

  it('names equal notes of many nodes once', () => {
    const noted = (i: number): Section => ({
      checks: [
        about('node-resource', nameOf(i)).note('answered 404; the server does without it', undefined, 'not-found'),
      ],
      summary: about('node', nameOf(i)).ok(''),
    })
    const text = textOf([0, 1, 2].map(noted))
    expect(text).toMatch(
      /^note {5}node-resource, 3 nodes: node-000: answered 404.*\n {9}the same: node-001, node-002\n/,
    )
  })

  it('is problems only when it is to be quiet, and nothing when there are none', () => {
    const broken = textOf(
      clusterWith(() => 'untrusted'),
      { quiet: true },
    )
    expect(broken.trimEnd().split('\n')).toHaveLength(4)
    expect(broken).toMatch(/^failed/)
    expect(textOf([wellNode('node-1')], { quiet: true })).toBe('')
  })

  it('colours the status and nothing else', () => {
    const text = textOf([{ checks: [about('a').ok('x'), about('b').failed('y', 'z')] }], { colour: true })
    expect(text.split('\n').slice(0, 4)).toEqual([
      '\u001b[32mok\u001b[0m       a: x',
      '',
      '\u001b[1;31mfailed\u001b[0m   b: y',
      '         => z',
    ])
  })
})

describe('metrics-server doctor on a terminal', () => {
  const coloured = async (env: Record<string, string>, terminal: typeof TERMINAL | undefined = TERMINAL) =>
    (await doctor([], { env, terminal })).out.includes('\u001b[')

  it('has colours, unless it may not', async () => {
    expect(await coloured({})).toBe(true)
    expect(await coloured({ NO_COLOR: '1' })).toBe(false)
    expect(await coloured({ NO_COLOR: '' })).toBe(true)
    expect(await coloured({ TERM: 'dumb' })).toBe(false)
  })

  it('has none where standard output is no terminal', async () => {
    expect((await doctor([])).out).not.toContain('\u001b[')
  })

  it.each(['--quiet', '-q'])('prints problems only with %s', async (flag) => {
    const { code, out } = await doctor([flag])
    expect(code).toBe(1)
    expect(out).toMatch(/^failed {3}apiserver: /)
    expect(out).not.toMatch(/^(ok|skipped|Something)/m)
  })
})
