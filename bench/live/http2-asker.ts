import http2 from 'node:http2'
import type { Cluster } from '../../sim/cluster.ts'
import { API } from './asker.ts'

/** Asks over one HTTP/2 connection, as a kube-apiserver does. */
export interface Http2Asker {
  /** Reads an answer and throws it away; rejects unless it was 200, or 404 for what is gone. */
  read(pathAndQuery: string, accept: string): Promise<void>
  close(): void
}

export function createHttp2Asker(cluster: Cluster, port: number): Http2Asker {
  const { certPem: cert, keyPem: key } = cluster.authorities.admin
  let session: http2.ClientHttp2Session | undefined
  const connected = (): http2.ClientHttp2Session => {
    // The Go server ends a connection on which nobody has asked for 90 s.
    if (session !== undefined && !session.closed) return session
    session = http2.connect(`https://127.0.0.1:${port}`, { cert, key, rejectUnauthorized: false })
    // Told by the streams that it ends.
    session.on('error', () => {})
    return session
  }
  return {
    read(path, accept) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const stream = connected().request({ ':path': `${API}/${path}`, accept })
      let status = 0
      stream.on('response', (headers) => {
        status = Number(headers[':status'])
      })
      stream.on('error', reject)
      stream.on('end', () => {
        if (status === 200 || status === 404) resolve()
        else reject(new Error(`${path}: ${status}`))
      })
      stream.resume()
      return promise
    },
    close: () => session?.close(),
  }
}
