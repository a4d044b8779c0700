import { parseArgs } from 'node:util'
import { commandWords } from '../../sim/server-process.ts'

/** What `npm run bench:cluster -- …` was asked for. */
export interface LiveWish {
  readonly nodes: number
  readonly podsPerNode: number
  /** How long values are watched once everything is served, seconds. */
  readonly seconds: number
  /** What the server is given as --metric-resolution, seconds; at least 10. */
  readonly resolutionSeconds: number
  readonly source: 'auto' | 'summary' | 'resource'
  /** The kubelets take up to 2 s before they sample, and again before they answer. */
  readonly slowKubelets: boolean
  /** The kubelets repeat what their runtime sampled and dated (CRI-O), instead of sampling when they are asked. */
  readonly keptValues: boolean
  /** The server is to serve ephemeral storage too. */
  readonly storage: boolean
  /** Measure what the built server costs (Linux only), instead of how fresh and true its values are. */
  readonly cost: boolean
  /** Where the server is to leave a CPU profile when it ends; `undefined` for none. */
  readonly profile: string | undefined
  /** The words that start a metrics server; flags are added. `undefined`: this project's own. */
  readonly server: readonly string[] | undefined
}

/** @throws RangeError for a number, a source or a server that cannot be meant, TypeError for an option that there is not. */
export function parseLiveWish(args: readonly string[]): LiveWish {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '100' },
      pods: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '60' },
      resolution: { type: 'string', default: '15' },
      source: { type: 'string', default: 'auto' },
      'slow-kubelets': { type: 'boolean', default: false },
      'kept-values': { type: 'boolean', default: false },
      storage: { type: 'boolean', default: false },
      cost: { type: 'boolean', default: false },
      profile: { type: 'string' },
      server: { type: 'string' },
    },
  })
  const whole = (option: 'nodes' | 'pods' | 'seconds' | 'resolution'): number => {
    const number = Number(values[option])
    if (Number.isInteger(number) && number > 0) return number
    throw new RangeError(`--${option}: ${values[option]} is no whole number above 0`)
  }
  const { source, storage, cost, profile } = values
  if (source !== 'auto' && source !== 'summary' && source !== 'resource') {
    throw new RangeError(`--source: ${source} is none of auto, summary, resource`)
  }
  const server = values.server === undefined ? undefined : commandWords(values.server)
  if (server?.length === 0) throw new RangeError('--server: no command')
  if (server !== undefined && profile !== undefined) {
    throw new RangeError("--profile: only for this project's own server, not with --server")
  }
  const [nodes, podsPerNode, seconds, resolutionSeconds] = [
    whole('nodes'),
    whole('pods'),
    whole('seconds'),
    whole('resolution'),
  ]
  const kubelets = { slowKubelets: values['slow-kubelets'], keptValues: values['kept-values'] }
  return { nodes, podsPerNode, seconds, resolutionSeconds, source, ...kubelets, storage, cost, profile, server }
}
