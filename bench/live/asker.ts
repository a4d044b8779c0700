import https from 'node:https'
import type { Cluster } from '../../sim/cluster.ts'

const API = '/apis/metrics.k8s.io/v1beta1'

/** Asks the server itself, as a member of system:masters. */
export interface Asker {
  /** The items of a list; none while it does not answer with 200. */
  list<T>(pathAndQuery: string): Promise<readonly T[]>
  close(): void
}

export function createAsker(cluster: Cluster, port: number): Asker {
  const { certPem: cert, keyPem: key } = cluster.authorities.admin
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false, cert, key })
  return {
    list<T>(path: string) {
      const { promise, resolve } = Promise.withResolvers<readonly T[]>()
      const none = (): void => resolve([])
      const request = https.get({ host: '127.0.0.1', port, path: `${API}/${path}`, agent }, (response) => {
        const chunks: Buffer[] = []
        response.on('error', none).on('data', (chunk: Buffer) => void chunks.push(chunk))
        response.on('end', () => {
          if (response.statusCode !== 200) none()
          else resolve((JSON.parse(Buffer.concat(chunks).toString()) as { items: readonly T[] }).items)
        })
      })
      request.on('error', none)
      return promise
    },
    close: () => agent.destroy(),
  }
}
