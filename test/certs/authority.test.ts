import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'

describe('a development authority', () => {
  it('issues client certificates with user and groups', async () => {
    const ca = await createAuthority('ca')
    const pair = await ca.issue({ commonName: 'a, b', organizations: ['system:masters', 'dev'], usage: 'client' })
    const leaf = new X509Certificate(pair.certPem)
    expect(leaf.toLegacyObject().subject).toMatchObject({ CN: 'a, b', O: ['system:masters', 'dev'] })
    expect(leaf.verify(new X509Certificate(ca.certPem).publicKey)).toBe(true)
  })

  it('issues server certificates that a TLS client trusts by name and by address', async () => {
    const ca = await createAuthority('ca')
    const pair = await ca.issue({ commonName: 's', dns: ['node-1'], ips: ['127.0.0.1', '::1'], usage: 'server' })
    const server = tls.createServer({ cert: pair.certPem, key: pair.keyPem }, (socket) => socket.end('hello')).listen(0)
    await once(server, 'listening')
    for (const servername of ['node-1', '']) {
      const port = (server.address() as AddressInfo).port
      const client = tls.connect({ host: '127.0.0.1', port, ca: ca.certPem, ...(servername && { servername }) })
      await once(client, 'secureConnect')
      expect(client.authorized).toBe(true)
      client.destroy()
    }
    server.close()
  })
})
