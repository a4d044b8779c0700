import { readFileSync } from 'node:fs'
import { allowCompilers, fitEngineToLoad, startSmall } from './engine.ts'
import type { Environment } from './program.ts'

/** Beside src/ and dist/ alike. */
const { version, engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
  readonly engines: { readonly node: string }
}

// What follows is loaded when it is needed: an older Node.js would fail on it with a stack trace that says nothing.
const leastNode = Number(/\d+/.exec(engines.node)?.[0])
if (Number(process.versions.node.split('.')[0]) < leastNode) {
  process.stderr.write(
    `Error: Node.js ${leastNode} or newer is needed, and this is ${process.versions.node}: get it from https://nodejs.org/en/download, or use the image, which has it\n`,
  )
  process.exit(1)
}

// Whoever reads the output may leave first (`--help | head`, a log collector that dies): no reason to crash.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// Before the modules are there that fill the memory.
startSmall()

const argv = process.argv.slice(2)

const environment: Environment = {
  version,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  onSignal(listener) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => listener(signal))
  },
  onFault(listener) {
    process.on('uncaughtException', (error) => listener('uncaughtException', error))
    process.on('unhandledRejection', (reason) => listener('unhandledRejection', reason))
  },
}

async function serve(): Promise<number> {
  const { parseOptions } = await import('./options/parse.ts')
  const { announce, answer, runUntilStopped } = await import('./program.ts')
  const outcome = parseOptions(argv)
  if (outcome.kind !== 'run') return answer(outcome, environment)
  const { openLog, start } = await import('./server.ts')
  const { options, flags } = outcome
  const log = openLog(options, environment.stderr, process.pid)
  announce(log, version, outcome)
  const onClusterSize = fitEngineToLoad()
  return runUntilStopped(log, environment, () =>
    start(options, { log, version, flags, env: process.env, onClusterSize }),
  )
}

/** Of no concern to the server, which loads nothing of it. */
async function examine(): Promise<number> {
  // Its heap stays as small as the server's: it may run beside it, within the memory limit of one container.
  allowCompilers()
  const { runDoctor } = await import('./server/doctor.ts')
  return runDoctor({
    argv: argv.slice(1),
    version,
    env: process.env,
    program: process.argv[1] ?? '',
    firstProcess,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    showsProgress: process.stderr.isTTY === true,
    terminal: process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : undefined,
  })
}

/** The command line of this container's first process, arguments ended by zero bytes; its flags name files, no secret. */
function firstProcess(): string | undefined {
  try {
    return readFileSync('/proc/1/cmdline', 'utf8')
  } catch {
    // Not Linux, or not for us to read.
    return undefined
  }
}

async function run(): Promise<void> {
  const code = await (argv[0] === 'doctor' ? examine() : serve())
  // An empty write comes back once all before it is out: a pipe may still hold the end of the help.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

// Not awaited here: a module that waits cannot be part of the bundle, whose code V8 caches.
void run()
