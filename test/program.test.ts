import { describe, expect, it } from 'vitest'
import type { Logger } from '../src/model/log.ts'
import type { Options } from '../src/options/options.ts'
import { parseOptions } from '../src/options/parse.ts'
import { announce, answer, type Environment, type Running, runUntilStopped } from '../src/program.ts'

interface World {
  readonly stdout: string[]
  readonly stderr: string[]
  readonly log: string[]
  readonly started: Options[]
  signal(name?: string): void
  fault(error: unknown): void
  readonly exit: Promise<number>
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

function runIn(argv: string[], start: (options: Options) => Promise<Running>): World {
  const stdout: string[] = []
  const stderr: string[] = []
  const log: string[] = []
  const started: Options[] = []
  const listeners: { signal?: (name: string) => void; fault?: (kind: string, error: unknown) => void } = {}
  const say = (level: string) => (message: string, fields?: object) =>
    void log.push([level, message, ...Object.values(fields ?? {})].join(' '))
  const logger: Logger = { error: say('E'), warn: say('W'), info: say('I'), verbose: () => {} }
  const environment: Environment = {
    version: '1.2.3',
    stdout: (text) => void stdout.push(text),
    stderr: (text) => void stderr.push(text),
    onSignal(listener) {
      listeners.signal = listener
    },
    onFault(listener) {
      listeners.fault = listener
    },
  }
  /** As main.ts does it. */
  const run = async (): Promise<number> => {
    const outcome = parseOptions(argv)
    if (outcome.kind !== 'run') return answer(outcome, environment)
    announce(logger, environment.version, outcome)
    return runUntilStopped(logger, environment, () => {
      started.push(outcome.options)
      return start(outcome.options)
    })
  }
  return {
    stdout,
    stderr,
    log,
    started,
    signal: (name = 'SIGTERM') => listeners.signal?.(name),
    fault: (error) => listeners.fault?.('uncaughtException', error),
    exit: run(),
  }
}

const never = new Promise<never>(() => {})

describe('the program', () => {
  it('stops at a signal and ends well', async () => {
    let stopped = false
    const world = runIn([], async () => ({
      async stop() {
        stopped = true
      },
    }))
    await settle()
    world.signal()
    expect(await world.exit).toBe(0)
    expect(stopped).toBe(true)
    expect(world.log).toEqual([expect.stringMatching(/^I Starting/), 'I Stopping SIGTERM', 'I Stopped'])
  })

  it('leaves at once at a second signal', async () => {
    const world = runIn([], async () => ({ stop: () => never }))
    await settle()
    world.signal('SIGTERM')
    world.signal('SIGINT')
    expect(await world.exit).toBe(1)
    expect(world.log.at(-1)).toBe('W Second signal, leaving at once SIGINT')
  })

  it('ends well at a signal before it has started', async () => {
    const world = runIn([], () => never)
    await settle()
    world.signal()
    expect(await world.exit).toBe(0)
  })

  it('says why it could not start, once, and fails', async () => {
    const world = runIn([], async () => {
      throw new Error('port 443 is taken')
    })
    expect(await world.exit).toBe(1)
    expect(world.log.slice(1)).toEqual(['E Could not start Error: port 443 is taken'])
  })

  it('fails when it cannot stop', async () => {
    const world = runIn([], async () => ({ stop: () => Promise.reject(new Error('stuck')) }))
    await settle()
    world.signal()
    expect(await world.exit).toBe(1)
    expect(world.log.at(-1)).toBe('E Stopping failed Error: stuck')
  })

  it('fails at what nobody caught', async () => {
    const world = runIn([], async () => ({ stop: () => never }))
    await settle()
    world.fault(new Error('oh'))
    expect(await world.exit).toBe(1)
    expect(world.log.slice(1)).toEqual(['E Unexpected fault, giving up uncaughtException Error: oh'])
  })

  it('logs its version, that of Node.js and the flags that were given, before all else', async () => {
    const world = runIn(['--secure-port=4443', '-v', '2', '--kubelet-insecure-tls'], () => never)
    await settle()
    expect(world.log).toEqual([
      `I Starting metrics-server v1.2.3 ${process.version} --kubelet-insecure-tls=true,--secure-port=4443,--v=2`,
    ])
  })

  it('warns once of flags without effect and of what is odd, then starts', async () => {
    const world = runIn(['--profiling=false', '--goaway-chance=0', '--tls-min-version=VersionTLS10'], () => never)
    await settle()
    expect(world.log.slice(1)).toEqual([
      'W --tls-min-version: TLS 1.2 is the oldest version that is served',
      'W Ignored flags that have no effect in this server --goaway-chance --profiling',
    ])
    expect(world.started).toHaveLength(1)
  })

  it.each([
    [['--help'], 0, /^Serves CPU and memory/],
    [['--version'], 0, /^v1\.2\.3\n$/],
  ])('%j prints and ends without starting', async (argv, code, text) => {
    const world = runIn(argv, () => never)
    expect(await world.exit).toBe(code)
    expect(world.stdout.join('')).toMatch(text)
    expect(world.started).toEqual([])
  })

  it('reports all problems with the flags, a line each, and does not start', async () => {
    const world = runIn(['--bogus', '--secure-port=0'], () => never)
    expect(await world.exit).toBe(1)
    expect(world.stderr).toEqual([
      'Error: unknown flag: --bogus\n',
      'Error: --secure-port must be between 1 and 65535, inclusive, not 0\n',
    ])
    expect(world.started).toEqual([])
  })
})
