import { describe, expect, it } from 'vitest'
import { ConnectTimeoutError, ConnectError, RequestError, KubeletError } from '../../../src/kubelet/client/errors.ts'
import { requestFault } from '../../../src/kubelet/client/faults.ts'
import { LOOPBACK } from './fake-kubelet.ts'

const CONTEXT = {
  node: LOOPBACK,
  preferredAddressTypes: ['Hostname'] as const,
  requestTimeoutMs: 10_000,
  authorization: undefined,
}
const withCode = (code: string) => Object.assign(new Error('x'), { code })
const faultOf = (cause: unknown, phase: RequestError['phase'] = 'connecting') =>
  requestFault(new RequestError(phase, 0, false, cause), CONTEXT)

describe('why no answer came', () => {
  it.each([
    ['refused', new ConnectError('tcp', withCode('ECONNREFUSED')), 'connection', /--kubelet-port/],
    ['not resolved', new ConnectError('tcp', withCode('ENOTFOUND')), 'connection', /--kubelet-preferred-address-types/],
    ['no route', new ConnectError('tcp', withCode('EHOSTUNREACH')), 'connection', /network policies/],
    ['too slow to connect', new ConnectError('tcp', new ConnectTimeoutError('x')), 'connection', /firewalls/],
    ['no TLS', new ConnectError('tls', withCode('ERR_SSL_WRONG_VERSION_NUMBER')), 'tls', /kubelet with TLS/],
    ['reset', withCode('ECONNRESET'), 'connection', /restart/],
    ['no error at all', undefined, 'connection', /restart/],
  ])('%s', (_, cause, reason, remedy) => {
    expect(faultOf(cause)).toMatchObject({ reason, remedy: expect.stringMatching(remedy) })
  })

  it('a client certificate that TLS 1.3 refuses only after the handshake is a matter of TLS', () => {
    const fault = faultOf(withCode('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'waiting for the answer')
    expect(fault).toMatchObject({ reason: 'tls', remedy: expect.stringContaining('client certificate') })
  })

  it('is one line whatever is in it', () => {
    const evil = 'a\r\nb\u001b[2Jc\u2028d\u202ee\u0000f'
    const error = new KubeletError(evil, evil, { reason: 'tls', what: evil, remedy: evil.repeat(1000) })
    expect(error.message).toMatch(/^[\x20-\x7e…]{1,1500}$/)
  })
})
