import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import tls, { type ConnectionOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import { type TlsChoices, tlsServerOptions } from '../../src/tls/tls-server-options.ts'

const servers: tls.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(choices: TlsChoices) {
  const { certPem, keyPem } = makeSelfSigned({ names: ['localhost'], nowMs: Date.now() })
  const server = tls.createServer({ ...tlsServerOptions(choices), cert: certPem, key: keyPem }, (socket) => {
    socket.on('error', () => {})
    socket.resume()
  })
  server.on('tlsClientError', () => {})
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  /** What the two agree on, or the code of the error that the client sees. */
  return (options: ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
      client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      client.once('secureConnect', () => {
        resolve(`${client.getProtocol()} ${client.getCipher().name}`)
        client.destroy()
      })
    })
}

const TLS_1_3 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'
const DEFAULT: TlsChoices = {
  minVersion: 'TLSv1.2',
  openSslCiphers: `${TLS_1_3}:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305`,
}
const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const

describe('TLS', () => {
  it('1.3 is spoken with those who can', async () => {
    expect(await (await serve(DEFAULT))({})).toBe('TLSv1.3 TLS_AES_128_GCM_SHA256')
  })

  it('1.2 is spoken with those who cannot, the cipher being the choice of the server', async () => {
    const connect = await serve(DEFAULT)
    const ciphers = 'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256'
    expect(await connect({ maxVersion: 'TLSv1.2', ciphers })).toBe('TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256')
  })

  it.each<[string, TlsChoices, ConnectionOptions]>([
    ['1.1', DEFAULT, OLD],
    ['1.2 below a minimum of 1.3', { ...DEFAULT, minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }],
    ['without forward secrecy', DEFAULT, { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    ['with CBC', DEFAULT, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }],
  ])('%s is refused', async (_, choices, options) => {
    expect(await (await serve(choices))(options)).toMatch(/^(ERR_SSL|ECONNRESET)/)
  })

  it('ciphers that are asked for are the only ones of 1.2, and leave 1.3 as it is', async () => {
    const connect = await serve({ ...DEFAULT, openSslCiphers: `${TLS_1_3}:ECDHE-ECDSA-CHACHA20-POLY1305` })
    expect(await connect({ maxVersion: 'TLSv1.2' })).toBe('TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305')
    expect(await connect({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toMatch(/^ERR_SSL/)
    expect(await connect({})).toBe('TLSv1.3 TLS_AES_128_GCM_SHA256')
  })

  it('asked for with ciphers of 1.3 only is 1.3 only', async () => {
    const connect = await serve({ ...DEFAULT, openSslCiphers: TLS_1_3 })
    expect(await connect({})).toMatch(/^TLSv1\.3/)
    expect(await connect({ maxVersion: 'TLSv1.2' })).toMatch(/^ERR_SSL/)
  })

  it('uses the key exchanges that are asked for', async () => {
    const connect = await serve({ ...DEFAULT, openSslCurves: 'P-384' })
    expect(await connect({ ecdhCurve: 'P-384' })).toMatch(/^TLSv1\.3/)
    expect(await connect({ ecdhCurve: 'P-256' })).toMatch(/^ERR_SSL/)
  })

  it('is not renegotiated', async () => {
    const { certPem, keyPem } = makeSelfSigned({ names: ['localhost'], nowMs: Date.now() })
    const server = tls.createServer({ ...tlsServerOptions(DEFAULT), cert: certPem, key: keyPem }, (socket) => {
      socket.on('error', () => {})
    })
    servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
    client.on('error', () => {})
    await once(client, 'secureConnect')
    const error = await new Promise((resolve) => {
      client.once('error', resolve)
      client.renegotiate({ rejectUnauthorized: false }, (e) => resolve(e ?? 'renegotiated'))
    })
    expect(error).toBeInstanceOf(Error)
    client.destroy()
  })
})
