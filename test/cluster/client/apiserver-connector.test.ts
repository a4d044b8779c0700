import 'reflect-metadata'
import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import * as x509 from '@peculiar/x509'
import { Client } from 'undici'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ApiserverCertificateError, createApiserverConnector } from '../../../src/cluster/client/connections.ts'
import type { ApiserverTls } from '../../../src/cluster/credentials/apiserver-credentials.ts'
import { type Made, makeRoot, SERVER_AUTH, type Shape } from '../../support/certificate-maker.ts'

const CA: Shape = { subject: [{ CN: ['kubernetes'] }], authority: true }
const keyId = (hex: string) => new x509.SubjectKeyIdentifierExtension(hex.repeat(20))
const issuerKeyId = new x509.AuthorityKeyIdentifierExtension('aa'.repeat(20))
const open: (() => unknown)[] = []
let root: Made
let renewed: Made

beforeAll(async () => {
  root = await makeRoot('kubernetes', { extensions: [keyId('aa')] })
  renewed = await root.renew({ ...CA, extensions: [keyId('bb')] })
})
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const apiserverFor = (host: string, rest: Partial<Shape> = {}): Promise<Made> =>
  root.sign({
    subject: [{ CN: ['kube-apiserver'] }],
    extendedKeyUsages: [SERVER_AUTH],
    extensions: [issuerKeyId, new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
    ...rest,
  })

/** Asks a server of this certificate twice, on a connection each; gives what came of it, and the tokens that it got. */
async function ask(shown: Made, tls: Partial<ApiserverTls>) {
  const tokens: (string | undefined)[] = []
  const server = https.createServer({ cert: shown.certPem, key: shown.keyPem }, (request, response) => {
    tokens.push(request.headers.authorization)
    response.setHeader('connection', 'close').end('ok')
  })
  server.on('tlsClientError', () => {})
  await once(server.listen(0, 'localhost'), 'listening')
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}`)
  const all = { ca: renewed.certPem, cert: undefined, key: undefined, servername: undefined, insecure: false, ...tls }
  const connect = createApiserverConnector({ server: url, tls: all }, { wallMs: () => Date.now() }, 5000)
  const client = new Client(url.origin, { connect, allowH2: false })
  open.push(
    () => client.destroy(),
    () => server.close(),
  )
  const askOnce = () =>
    client.request({ method: 'GET', path: '/', headers: { authorization: 'Bearer secret' } }).then(
      async ({ statusCode, body }) => {
        await body.dump()
        return statusCode
      },
      (error: unknown) => error,
    )
  return { outcomes: [await askOnce(), await askOnce()], tokens }
}

describe('the apiserver', () => {
  it.each<[string, Partial<ApiserverTls>]>([
    ['under the CA that is given', { ca: undefined }],
    ['under a CA that was renewed with its key and another key identifier', {}],
    ['by the name of tls-server-name', { servername: 'localhost' }],
  ])('%s is asked, on each connection', async (_, tls) => {
    const ca = 'ca' in tls ? root.certPem : renewed.certPem
    const { outcomes, tokens } = await ask(await apiserverFor('localhost'), { ...tls, ca })
    expect(outcomes).toEqual([200, 200])
    expect(tokens).toEqual(['Bearer secret', 'Bearer secret'])
  })

  it.each<[string, string, Partial<Shape>, Partial<ApiserverTls>, string]>([
    ['for another name', 'example.com', {}, {}, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'for another name than tls-server-name',
      'localhost',
      {},
      { servername: 'kubernetes' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['that has expired', 'localhost', { notAfter: new Date(Date.now() - 60_000) }, {}, 'CERT_HAS_EXPIRED'],
    [
      'that the public authorities are to vouch for',
      'localhost',
      {},
      { ca: undefined },
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
  ])('%s gets no token, on no connection', async (_, host, shape, tls, code) => {
    const { outcomes, tokens } = await ask(await apiserverFor(host, shape), tls)
    expect(outcomes).toEqual([expect.objectContaining({ code }), expect.objectContaining({ code })])
    expect(tokens).toEqual([])
  })

  it('of another CA of the same name gets no token, and the error says why', async () => {
    const impostor = await makeRoot('kubernetes')
    const { outcomes, tokens } = await ask(await apiserverFor('localhost'), { ca: impostor.certPem })
    expect(outcomes[0]).toBeInstanceOf(ApiserverCertificateError)
    expect(String(outcomes[0])).toMatch(/certificate is not accepted: no CA .* vouches for it/)
    expect(tokens).toEqual([])
  })

  it('is asked whoever it is when the kubeconfig says so', async () => {
    const { outcomes } = await ask(await apiserverFor('example.com'), { ca: undefined, insecure: true })
    expect(outcomes).toEqual([200, 200])
  })
})
