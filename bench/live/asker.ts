import https from 'node:https'
import type { Cluster } from '../../sim/cluster.ts'

export const API = '/apis/metrics.k8s.io/v1beta1'

/** Asks the server itself, as a member of system:masters. */
export interface Asker {
  /** The items of a list; none while it does not answer with 200. */
  list<T>(pathAndQuery: string): Promise<readonly T[]>
  /** Reads an answer and throws it away. Gives how many bytes its body had; rejects unless it was 200, or 404 for what is gone. */
  read(pathAndQuery: string, accept: string): Promise<number>
  close(): void
}

/** Asks once, and gives the whole answer. */
export function fetchText(options: https.RequestOptions): Promise<{ status: number | undefined; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>()
  const request = https.get(options, (response) => {
    const chunks: Buffer[] = []
    response.on('error', reject).on('data', (chunk: Buffer) => void chunks.push(chunk))
    response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }))
  })
  request.on('error', reject)
  return promise
}

export function createAsker(cluster: Cluster, port: number): Asker {
  const { certPem: cert, keyPem: key } = cluster.authorities.admin
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false, cert, key })
  return {
    async list<T>(path: string): Promise<readonly T[]> {
      try {
        const { status, text } = await fetchText({ host: '127.0.0.1', port, path: `${API}/${path}`, agent })
        return status === 200 ? (JSON.parse(text) as { items: readonly T[] }).items : []
      } catch {
        return []
      }
    },
    read(path, accept) {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const options = { host: '127.0.0.1', port, path: `${API}/${path}`, agent, headers: { accept } }
      const request = https.get(options, (response) => {
        let bytes = 0
        response.on('error', reject).on('data', (chunk: Buffer) => {
          bytes += chunk.length
        })
        response.on('end', () => {
          if (response.statusCode === 200 || response.statusCode === 404) resolve(bytes)
          else reject(new Error(`${path}: ${response.statusCode}`))
        })
      })
      request.on('error', reject)
      return promise
    },
    close: () => agent.destroy(),
  }
}
