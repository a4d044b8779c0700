import { beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, type Authority } from '../../certs/authority.ts'
import {
  type CertificateInUse,
  registerCertificateExpiry,
  watchCertificateExpiry,
} from '../../src/telemetry/certificate-expiry.ts'
import { MetricsRegistry } from '../../src/telemetry/metrics/registry.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingLog } from '../support/recording-log.ts'

const DAY_MS = 86_400_000
const NAME = 'tls_certificate_expiration_timestamp_seconds'
const now = Math.floor(Date.now() / 1000) * 1000
let authority: Authority
let early: string
let late: string
beforeAll(async () => {
  authority = await createAuthority('ca')
  const issue = async (days: number) =>
    (
      await authority.issue({
        commonName: 'x',
        usage: 'server',
        notBefore: new Date(now - DAY_MS),
        notAfter: new Date(now + days * DAY_MS),
      })
    ).certPem
  ;[early, late] = await Promise.all([issue(30), issue(99)])
})

const leaf = (pem: string, source = '/tls.crt'): CertificateInUse => ({
  purpose: 'serving',
  source,
  pem,
  bundle: false,
})

describe('the ends of certificates', () => {
  const series = async (certificates: () => CertificateInUse[]) => {
    const registry = new MetricsRegistry()
    registerCertificateExpiry(registry, certificates)
    return async () => (await registry.text()).split('\n').filter((line) => line.startsWith(`${NAME}{`))
  }

  it('are reported of what there is, and of nothing else', async () => {
    let used = [leaf(early)]
    const lines = await series(() => used)
    expect(await lines()).toEqual([`${NAME}{purpose="serving",source="/tls.crt"} ${(now + 30 * DAY_MS) / 1000}`])
    used = [leaf(late)]
    expect(await lines()).toEqual([`${NAME}{purpose="serving",source="/tls.crt"} ${(now + 99 * DAY_MS) / 1000}`])
    used = []
    expect(await lines()).toEqual([])
  })

  it('are the leaf’s for a chain and the last one’s for a bundle', async () => {
    const pem = `${early}\n${late}\n`
    const lines = await series(() => [
      { purpose: 'serving', source: 'a', pem, bundle: false },
      { purpose: 'client-ca', source: 'b', pem, bundle: true },
    ])
    expect(await lines()).toEqual([
      `${NAME}{purpose="serving",source="a"} ${(now + 30 * DAY_MS) / 1000}`,
      `${NAME}{purpose="client-ca",source="b"} ${(now + 99 * DAY_MS) / 1000}`,
    ])
  })
})

describe('a certificate that is about to end', () => {
  it('is warned of once a day, when it has ended, and no more when it is replaced', async () => {
    const clock = createManualClock({ wallMs: now })
    const log = createRecordingLog()
    let used = [leaf(early), leaf(late, '/other.crt')]
    const watch = watchCertificateExpiry({ certificates: () => used, clock, log })
    watch.start()
    // A tenth of its 31 days.
    await clock.advance(26.8 * DAY_MS)
    expect(log.lines).toEqual([])
    await clock.advance(0.2 * DAY_MS)
    const notAfter = new Date(now + 30 * DAY_MS).toISOString()
    const fields = { purpose: 'serving', source: '/tls.crt', notAfter }
    expect(log.lines).toEqual([{ message: 'A certificate in use is about to expire', fields }])
    await clock.advance(DAY_MS)
    expect(log.lines).toHaveLength(2)
    await clock.advance(2.01 * DAY_MS)
    expect(log.lines.at(-1)).toEqual({ message: 'A certificate in use has expired', fields })
    const said = log.lines.length
    used = [leaf(late), leaf(late, '/other.crt')]
    await clock.advance(3 * DAY_MS)
    expect(log.lines).toHaveLength(said)
    watch.stop()
  })
})
