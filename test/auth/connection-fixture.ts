import { afterEach, beforeAll } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../certs/authority.ts'
import type { AuthenticationConfig } from '../../src/cluster/authentication-config.ts'
import { createClientCertificateVerifier } from '../../src/auth/client-certificates.ts'
import { createAuthenticator } from '../../src/auth/authenticator.ts'
import { clientShape, type Made, makeRoot } from '../support/certificate-maker.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { createRecordingFaults, createRecordingLog, type RecordingFaults } from '../support/recording-log.ts'
import { createIdentityServer, type IdentityServer } from './identity-server.ts'

export const HEADERS = {
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}
export const PROTOCOLS = ['http/1.1', 'h2'] as const

export interface ServerOptions {
  /** Both CAs when left out. */
  readonly trust?: AuthenticationConfig
  /** With TLS options that let sessions be resumed. */
  readonly resumable?: boolean
}

/** A server that trusts the CAs, with what it reports and how it is made to trust others. */
export interface TrustingServer {
  readonly server: IdentityServer
  readonly clock: ManualClock
  readonly faults: RecordingFaults
  setTrust(next: AuthenticationConfig): void
}

/** Authorities and clients for the file; servers are closed after each of its tests. */
export interface ConnectionFixture {
  serving: Pair
  clientCa: Made
  proxyCa: Made
  /** Another CA with the client CA's own subject. */
  impostorCa: Authority
  alice: Made
  proxy: Made
  setUp(options?: ServerOptions): Promise<TrustingServer>
}

async function startTrusting(
  { serving, clientCa, proxyCa }: ConnectionFixture,
  options: ServerOptions,
): Promise<TrustingServer> {
  const clock = createManualClock({ wallMs: Date.now() })
  const faults = createRecordingFaults()
  let generation = 1
  let trust: AuthenticationConfig = options.trust ?? {
    clientCaPem: clientCa.certPem,
    requestHeader: { caPem: proxyCa.certPem, ...HEADERS },
  }
  const source = { current: () => trust, generation: () => generation }
  const authenticate = createAuthenticator({
    trust: source,
    verifyCertificate: createClientCertificateVerifier(source),
    reviewToken: async (token) =>
      token === 'good' ? { name: 'robot', uid: undefined, groups: [], extra: new Map() } : undefined,
    tokenTtlMs: 10_000,
    clock,
    faults,
    log: createRecordingLog(),
  })
  const ca = [trust.clientCaPem, trust.requestHeader?.caPem].filter((pem) => pem !== undefined)
  return {
    server: await createIdentityServer(authenticate, serving, ca, options.resumable ? {} : undefined),
    clock,
    faults,
    setTrust(next) {
      trust = next
      generation++
    },
  }
}

export function useConnections(): ConnectionFixture {
  const servers: IdentityServer[] = []
  const at = {
    async setUp(options = {}) {
      const trusting = await startTrusting(at, options)
      servers.push(trusting.server)
      return trusting
    },
  } as ConnectionFixture
  beforeAll(async () => {
    const serving = await createAuthority('serving')
    at.serving = await serving.issue({ commonName: 's', dns: ['localhost'], usage: 'server' })
    // Both real CAs have the same subject, as on clusters that were set up by hand.
    at.clientCa = await makeRoot('kubernetes')
    at.proxyCa = await makeRoot('kubernetes')
    at.impostorCa = await createAuthority('kubernetes')
    at.alice = await at.clientCa.sign(clientShape('alice', ['dev', 'ops']))
    at.proxy = await at.proxyCa.sign(clientShape('front-proxy-client'))
  })
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })
  return at
}
