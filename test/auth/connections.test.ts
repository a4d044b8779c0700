import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, it } from 'vitest'
import { createClientCertificateVerifier } from '../../src/auth/client-certificates.ts'
import { createAuthenticator } from '../../src/auth/authenticator.ts'
import { createFrontProxyCheck } from '../../src/auth/front-proxy.ts'
import { clientShape, type Made, makeRoot } from '../support/certificate-maker.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { HEADERS } from './connection-fixture.ts'
import { createRecordingFaults, createRecordingLog } from '../support/recording-log.ts'

let clientCa: Made
let alice: Made
beforeAll(async () => {
  clientCa = await makeRoot('kubernetes')
  alice = await clientCa.sign(clientShape('alice'))
})

describe('a connection', () => {
  const authenticatorWith = (clientCaPem: string) => {
    const trust = { current: () => ({ clientCaPem, requestHeader: undefined }), generation: () => 1 }
    return createAuthenticator({
      trust,
      verifyCertificate: createClientCertificateVerifier(trust),
      reviewToken: undefined,
      tokenTtlMs: 0,
      clock: createManualClock({ wallMs: Date.now() }),
      faults: createRecordingFaults(),
      log: createRecordingLog(),
    })
  }

  it('that has gone proves nothing, and fails nobody else', async () => {
    const gone = {
      getPeerX509Certificate() {
        throw new Error('the http2 session has been destroyed')
      },
    } as unknown as TLSSocket
    expect(await authenticatorWith(clientCa.certPem)({ rawHeaders: [], connection: gone })).toBeUndefined()
  })

  it('is not trusted by a bundle that cannot be read', async () => {
    const connection = { getPeerX509Certificate: () => new X509Certificate(alice.certPem) } as unknown as TLSSocket
    const ask = (pem: string) => authenticatorWith(pem)({ rawHeaders: [], connection })
    expect(await ask('broken')).toBeUndefined()
    expect((await ask(clientCa.certPem))?.name).toBe('alice')
  })

  it('is looked at once, however many requests come over it', async () => {
    let looks = 0
    const connection = {
      getPeerX509Certificate() {
        looks++
        return new X509Certificate(alice.certPem)
      },
    } as unknown as TLSSocket
    const authenticate = authenticatorWith(clientCa.certPem)
    for (let i = 0; i < 10; i++) expect((await authenticate({ rawHeaders: [], connection }))?.name).toBe('alice')
    expect(looks).toBe(1)
  })
})

describe('the front proxy', () => {
  const showing = (certPem: string | undefined) =>
    ({ getPeerX509Certificate: () => certPem && new X509Certificate(certPem) }) as unknown as TLSSocket

  it('is known by its certificate before it sends a request', async () => {
    const proxyCa = await makeRoot('front-proxy')
    const [proxy, other] = await Promise.all(
      ['front-proxy-client', 'other'].map((name) => proxyCa.sign(clientShape(name))),
    )
    const checkWith = (allowedNames: readonly string[]) => {
      const requestHeader = { ...HEADERS, allowedNames, caPem: proxyCa.certPem }
      const trust = { current: () => ({ clientCaPem: clientCa.certPem, requestHeader }), generation: () => 1 }
      return createFrontProxyCheck(trust, createClientCertificateVerifier(trust), { wallMs: () => Date.now() })
    }
    const certificates = [proxy?.certPem, other?.certPem, alice.certPem, undefined].map(showing)
    expect(certificates.map(checkWith(['front-proxy-client']))).toEqual([true, false, false, false])
    expect(certificates.map(checkWith([]))).toEqual([true, true, false, false])
  })
})
