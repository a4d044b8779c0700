import { describe, expect, it } from 'vitest'
import { LOOPBACK, RESOURCE_BODY } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const at = useKubelet()

describe('the annotation for the path', () => {
  it.each([
    ['/custom/metrics', '/custom/metrics'],
    ['custom', '/custom'],
    ['/a b?c#d', '/a%20b%3Fc%23d'],
    ['//evil.example/x', '//evil.example/x'],
    ['http://evil.example/', '/http://evil.example/'],
  ])('%s is scraped in the exposition format', async (resourceMetricsPath, path) => {
    at.kubelet.answer = (_, response) => void response.end(RESOURCE_BODY)
    const { sample } = await at.client.scrape({ ...LOOPBACK, resourceMetricsPath })
    expect(sample.source).toBe('resource')
    expect(at.kubelet.asked).toEqual([path])
  })

  it.each([
    '/a\r\nx: y',
    '/\u0000',
    '/\ud800',
    `/${'x'.repeat(2000)}`,
  ])('%j is refused', async (resourceMetricsPath) => {
    expect(await at.client.failure({ ...LOOPBACK, resourceMetricsPath })).toMatchObject({ reason: 'malformed' })
    expect(at.kubelet.asked).toEqual([])
  })
})
