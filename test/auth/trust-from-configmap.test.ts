import { describe, expect, it } from 'vitest'
import { createRecordingFaults } from '../support/recording-log.ts'
import { configMapOf, HEADERS, NOTHING, trustOf, useAuthorities } from './trust-fixture.ts'

const at = useAuthorities()

describe('trust from the configmap', () => {
  it('is nothing until it is known, and follows it', async () => {
    const configMap = configMapOf(undefined)
    const trust = await trustOf({ configMap })
    expect(trust.current()).toEqual(NOTHING)
    expect(trust.caPem()).toEqual([])
    const changes: number[] = []
    trust.onChange(() => changes.push(trust.generation()))
    configMap.set({ clientCaPem: at.a.certPem, requestHeader: { caPem: at.b.certPem, ...HEADERS } })
    expect(trust.current()).toEqual({ clientCaPem: at.a.certPem, requestHeader: { caPem: at.b.certPem, ...HEADERS } })
    expect(trust.caPem()).toHaveLength(2)
    configMap.set({ clientCaPem: at.a.certPem, requestHeader: { caPem: at.b.certPem, ...HEADERS } })
    configMap.set({
      clientCaPem: at.a.certPem,
      requestHeader: { caPem: at.b.certPem, ...HEADERS, allowedNames: ['other'] },
    })
    expect(changes).toEqual([1, 2])
  })

  it('keeps a bundle that is replaced by a broken one, is lost, or goes with the configmap', async () => {
    const configMap = configMapOf({ clientCaPem: at.a.certPem, requestHeader: { caPem: at.b.certPem, ...HEADERS } })
    const faults = createRecordingFaults()
    const trust = await trustOf({ configMap, faults })
    const before = trust.current()
    configMap.set({ clientCaPem: 'broken', requestHeader: { caPem: '', ...HEADERS } })
    expect(trust.current()).toEqual(before)
    expect([...faults.open.keys()]).toEqual(['client-ca-file', 'requestheader-client-ca-file'])
    configMap.set(NOTHING)
    configMap.set(undefined)
    expect(trust.current()).toEqual(before)
    expect(trust.generation()).toBe(1)
    configMap.set(before)
    expect(faults.open.size).toBe(0)
  })

  it('takes no empty header name or prefix, which would match any', async () => {
    const requestHeader = {
      caPem: at.b.certPem,
      ...HEADERS,
      usernameHeaders: [' X-User '],
      extraHeaderPrefixes: ['', ' '],
    }
    const configMap = configMapOf({ clientCaPem: undefined, requestHeader })
    const trust = await trustOf({ configMap })
    expect(trust.current().requestHeader).toMatchObject({ usernameHeaders: ['X-User'], extraHeaderPrefixes: [] })
  })

  it('names a certificate of both bundles once to the TLS server', async () => {
    const configMap = configMapOf({
      clientCaPem: `${at.a.certPem}\n${at.b.certPem}`,
      requestHeader: { caPem: at.b.certPem, ...HEADERS },
    })
    const trust = await trustOf({ configMap })
    expect(trust.caPem()).toHaveLength(2)
  })
})
