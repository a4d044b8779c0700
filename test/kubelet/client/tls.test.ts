import 'reflect-metadata'
import { once } from 'node:events'
import tls from 'node:tls'
import * as x509 from '@peculiar/x509'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority, type LeafRequest } from '../../../certs/authority.ts'
import type { KubeletClientOptions } from '../../../src/kubelet/client/kubelet-client.ts'
import { makeRoot, SERVER_AUTH } from '../../support/certificate-maker.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import {
  answerAs,
  clientFor,
  type FakeKubelet,
  LOOPBACK,
  nodeAt,
  startKubelet,
  type TestClient,
  TOKEN,
} from './fake-kubelet.ts'

const DAY_MS = 86_400_000
const LOCALHOST = nodeAt([{ type: 'Hostname', address: 'localhost' }])

let ca: Authority
let otherCa: Authority
let opened: { close(): Promise<void> }[] = []

beforeAll(async () => {
  ca = await createAuthority('cluster-ca')
  otherCa = await createAuthority('other-ca')
})
afterEach(async () => {
  for (const each of opened) await each.close()
  opened = []
})

/** A kubelet with a certificate of this kind, and a client that trusts the cluster's CA. */
async function start(
  names: Partial<LeafRequest>,
  options: Partial<KubeletClientOptions> = {},
  issuer = ca,
): Promise<{ kubelet: FakeKubelet; client: TestClient }> {
  const pair = await issuer.issue({ commonName: 'system:node:node-1', usage: 'server', ...names })
  const kubelet = await startKubelet(pair)
  const client = clientFor(kubelet, ca, options)
  opened.push(client, kubelet)
  return { kubelet, client }
}

const trusting = (authority: Pick<Authority, 'certPem'>, more = {}) => ({
  insecure: false,
  ca: authority.certPem,
  cert: undefined,
  key: undefined,
  ...more,
})

describe('whose certificate is accepted', () => {
  it.each([
    ['that of the IP connected to', { ips: ['127.0.0.1'] }, LOOPBACK],
    ['that of the node’s name, when its IP is connected to', { dns: ['node-1'] }, LOOPBACK],
    ['that of the host name connected to', { dns: ['localhost'] }, LOCALHOST],
    ['that of the node’s name, when another name of it is connected to', { dns: ['node-1'] }, LOCALHOST],
    ['one with a wildcard for the node', { dns: ['*.example.com'] }, { ...LOOPBACK, name: 'a.example.com' }],
    ['that of a node whose name is an IP', { ips: ['10.1.2.3'] }, { ...LOOPBACK, name: '10.1.2.3' }],
  ])('%s', async (_, names, node) => {
    const { client, kubelet } = await start(names)
    kubelet.answer = answerAs(node.name)
    expect((await client.scrape(node)).sample.nodeName).toBe(node.name)
  })

  it.each([
    ['another node', { dns: ['node-2'] }, LOOPBACK, 'DNS:node-2', '127.0.0.1 or node-1'],
    ['another IP', { ips: ['127.0.0.2'] }, LOOPBACK, 'IP Address:127.0.0.2', '127.0.0.1 or node-1'],
    ['another host', { dns: ['elsewhere'] }, LOCALHOST, 'DNS:elsewhere', 'localhost or node-1'],
    ['nobody but in its common name', { commonName: 'node-1' }, LOOPBACK, 'none', '127.0.0.1 or node-1'],
    [
      'half a label',
      { dns: ['n*.example.com'] },
      { ...LOOPBACK, name: 'node-1.example.com' },
      'DNS:n\\*',
      '127.0.0.1 or node-1.example.com',
    ],
  ])('not one for %s; and no token is sent', async (_, names, node, has, expected) => {
    const { client, kubelet } = await start(names)
    const error = await client.failure(node)
    expect(error.reason).toBe('tls')
    expect(error.message).toMatch(
      new RegExp(`the certificate is not for ${expected} .*names are ${has}.*issuer is CN=cluster-ca`),
    )
    expect(error.message).toMatch(/--kubelet-preferred-address-types.*serverTLSBootstrap.*--kubelet-insecure-tls/)
    expect(kubelet.asked).toEqual([])
  })

  it('not one of another CA', async () => {
    const { client, kubelet } = await start({ dns: ['node-1'] }, {}, otherCa)
    const error = await client.failure()
    expect(error.reason).toBe('tls')
    expect(error.message).toMatch(
      /not trusted .*names are DNS:node-1, its issuer is CN=other-ca.*--kubelet-certificate-authority.*serverTLSBootstrap/,
    )
    expect(kubelet.asked).toEqual([])
  })

  it.each([
    ['has expired', { notAfter: new Date(Date.now() - DAY_MS / 2) }, 'CERT_HAS_EXPIRED'],
    ['is not valid yet', { notBefore: new Date(Date.now() + DAY_MS) }, 'CERT_NOT_YET_VALID'],
  ])('not one that %s', async (what, validity, code) => {
    const { client, kubelet } = await start({ dns: ['node-1'], ...validity })
    const error = await client.failure()
    expect(error).toMatchObject({
      reason: 'tls',
      message: expect.stringMatching(new RegExp(`: the certificate ${what} \\(${code}\\).*valid from .*clock`)),
    })
    expect(kubelet.asked).toEqual([])
  })

  it('not one that is for clients', async () => {
    const { client, kubelet } = await start({ dns: ['node-1'], usage: 'client' })
    expect((await client.failure()).reason).toBe('tls')
    expect(kubelet.asked).toEqual([])
  })

  it('not one of the cluster’s CA, when only the public ones are trusted', async () => {
    const { client } = await start({ dns: ['node-1'] }, { tls: trusting(ca, { ca: undefined }) })
    expect((await client.failure()).reason).toBe('tls')
  })

  it('any, when asked not to look', async () => {
    const tls = { insecure: true, ca: undefined, cert: undefined, key: undefined }
    const { client } = await start({ dns: ['node-2'], notAfter: new Date(Date.now() - DAY_MS / 2) }, { tls }, otherCa)
    expect((await client.scrape(LOOPBACK)).sample.nodeName).toBe('node-1')
  })

  it('a CA file with the certificate itself, or one between it and the root, is enough, as in Go', async () => {
    const pair = await ca.issue({ commonName: 'x', dns: ['node-1'], usage: 'server' })
    const kubelet = await startKubelet(pair)
    const client = clientFor(kubelet, ca, { tls: trusting(ca, { ca: pair.certPem }) })
    opened.push(client, kubelet)
    await client.scrape(LOOPBACK)
  })
})

describe('a CA that was renewed with its key and another key identifier', () => {
  const keyId = (hex: string) => new x509.SubjectKeyIdentifierExtension(hex.repeat(20))

  async function renewed(host: string, notAfter = new Date(Date.now() + DAY_MS)) {
    const old = await makeRoot('cluster-ca', { extensions: [keyId('aa')] })
    const again = await old.renew({ subject: [{ CN: ['cluster-ca'] }], authority: true, extensions: [keyId('bb')] })
    const names = new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])
    const pair = await old.sign({
      subject: [{ CN: ['system:node:node-1'] }],
      extendedKeyUsages: [SERVER_AUTH],
      extensions: [new x509.AuthorityKeyIdentifierExtension('aa'.repeat(20)), names],
      notAfter,
    })
    const kubelet = await startKubelet(pair)
    const client = clientFor(kubelet, ca, { clock: createManualClock({ wallMs: Date.now() }), tls: trusting(again) })
    opened.push(client, kubelet)
    return { kubelet, client }
  }

  it('is believed, as by Go', async () => {
    const { client, kubelet } = await renewed('node-1')
    await client.scrape(LOOPBACK)
    expect(kubelet.asked).toHaveLength(1)
  })

  it.each([
    ['for another name', 'node-2', undefined, 'WRONG_NAME'],
    ['that has expired', 'node-1', new Date(Date.now() - 60_000), 'CERT_HAS_EXPIRED'],
  ])('is not for a certificate %s: no byte is sent', async (_, host, notAfter, code) => {
    const { client, kubelet } = await renewed(host, notAfter)
    expect((await client.failure()).message).toContain(code)
    expect(kubelet.asked).toEqual([])
  })
})

describe('new TLS settings', () => {
  it('a new CA holds from the next scrape on, in both directions', async () => {
    const { client, kubelet } = await start({ dns: ['node-1'] }, { tls: trusting(otherCa) })
    expect((await client.failure()).reason).toBe('tls')
    client.setTls(trusting(ca))
    await client.scrape(LOOPBACK)
    client.setTls(trusting(otherCa))
    expect((await client.failure()).reason).toBe('tls')
    expect(kubelet.asked).toHaveLength(1)
  })

  it('settings that are none are refused, and the old ones hold', async () => {
    const { client, kubelet } = await start({ dns: ['node-1'] })
    await client.scrape(LOOPBACK)
    expect(() => client.setTls(trusting(ca, { cert: 'no pem', key: 'no pem' }))).toThrow()
    await client.scrape(LOOPBACK)
    expect(kubelet.connections()).toBe(1)
  })
})

describe('a kubelet that wants a client certificate', () => {
  async function demanding(): Promise<{ port: number; subjects: string[] }> {
    const pair = await ca.issue({ commonName: 'x', dns: ['node-1'], usage: 'server' })
    const subjects: string[] = []
    const options = {
      cert: pair.certPem,
      key: pair.keyPem,
      ca: ca.certPem,
      requestCert: true,
      rejectUnauthorized: true,
    }
    const server = tls.createServer(options, (socket) => {
      subjects.push(String(socket.getPeerX509Certificate()?.subject))
      socket.on('error', () => {})
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"pods":[]}'))
    })
    server.on('tlsClientError', () => {})
    await once(server.listen(0, '127.0.0.1'), 'listening')
    opened.push({ close: async () => void server.close() })
    const address = server.address()
    return { port: typeof address === 'object' && address !== null ? address.port : 0, subjects }
  }

  it('is shown the one that was given', async () => {
    const kubelet = await demanding()
    const mine = await ca.issue({ commonName: 'metrics-server', usage: 'client' })
    const client = clientFor(kubelet, ca, { tls: trusting(ca, { cert: mine.certPem, key: mine.keyPem }) })
    opened.unshift(client)
    await client.scrape(LOOPBACK)
    expect(kubelet.subjects).toEqual(['CN=metrics-server'])
  })

  it('is guessed in the remedy when none is given: TLS 1.3 reports it only by closing the connection', async () => {
    const kubelet = await demanding()
    const client = clientFor(kubelet, ca)
    opened.unshift(client)
    const error = await client.failure()
    expect(error).toMatchObject({ reason: 'connection', remedy: expect.stringContaining('client certificate') })
    expect(error.message).not.toContain(TOKEN.slice(7))
  })
})
