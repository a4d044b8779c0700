import { parseArgs } from 'node:util'
import { formatGoDuration, parseGoDuration } from '../../src/kubernetes/duration.ts'
import { commandWords } from '../server-process.ts'

export interface DemoArguments {
  readonly once: boolean
  readonly nodes: number
  readonly pods: number
  /** What the server is given as --metric-resolution, milliseconds. */
  readonly resolutionMs: number
  /** The words that start a metrics server; flags are added. `undefined`: this project's own. */
  readonly server: readonly string[] | undefined
}

export const DEMO_HELP = `Starts a simulated cluster and a metrics server on it, and shows what kubectl top would.

  npm run demo                                until Ctrl-C, with a kubeconfig for your own kubectl
  npm run demo -- --once                      prints both tables once
  npm run demo -- --nodes 50 --pods 30        how many nodes, and pods on each of them
  npm run demo -- --resolution 15s            how often the server scrapes the kubelets (at least 10s)
  npm run demo -- --server 'COMMAND'          another metrics server in its place: flags are added to the command,
                                              '/path/to/metrics-server' runs the Go server
`

/** Thrown for arguments that cannot be meant. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError'
}

/** Reads the command line; `undefined` when it asks for help. Throws {@link ArgumentError}. */
export function readArguments(argv: readonly string[]): DemoArguments | undefined {
  const values = parse(argv)
  if (values.help) return undefined
  const resolutionMs = parseGoDuration(values.resolution)
  if (resolutionMs === undefined || resolutionMs < 10_000)
    throw new ArgumentError(`--resolution must be a duration of at least 10s, not ${JSON.stringify(values.resolution)}`)
  const server = values.server === undefined ? undefined : commandWords(values.server)
  if (server?.length === 0) throw new ArgumentError('--server must name a command')
  return {
    once: values.once,
    nodes: wholeNumber('--nodes', values.nodes, 1000),
    pods: wholeNumber('--pods', values.pods, 250),
    resolutionMs,
    server,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        once: { type: 'boolean', default: false },
        nodes: { type: 'string', default: '3' },
        pods: { type: 'string', default: '8' },
        resolution: { type: 'string', default: '10s' },
        server: { type: 'string' },
      },
    }).values
  } catch (cause) {
    throw new ArgumentError((cause as Error).message, { cause })
  }
}

function wholeNumber(flag: string, text: string, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value
  throw new ArgumentError(`${flag} must be a whole number from 1 to ${most}, not ${JSON.stringify(text)}`)
}

interface ServerFiles {
  readonly server: string
  readonly clusterCa: string
  readonly directory: string
}

/** How every metrics server, and the doctor, reaches the kubelets of this cluster. */
export const kubeletFlags = ({ clusterCa }: Pick<ServerFiles, 'clusterCa'>, resolutionMs: number): string[] => [
  `--kubelet-certificate-authority=${clusterCa}`,
  '--kubelet-preferred-address-types=InternalIP',
  '--kubelet-use-node-status-port',
  `--kubelet-request-timeout=${formatGoDuration(Math.min(10_000, resolutionMs / 2))}`,
  `--metric-resolution=${formatGoDuration(resolutionMs)}`,
]

/** The flags that every metrics server understands, for this cluster. */
export function serverFlags(files: ServerFiles, port: number, resolutionMs: number): string[] {
  return [
    `--kubeconfig=${files.server}`,
    `--authentication-kubeconfig=${files.server}`,
    `--authorization-kubeconfig=${files.server}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${files.directory}/serving`,
    ...kubeletFlags(files, resolutionMs),
  ]
}
