import { describe, expect, it } from 'vitest'
import { clientFor, LOOPBACK, SUMMARY_BODY } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'
import { MIB, pour } from './pour.ts'

const at = useKubelet()

describe('a kubelet that answers too much', () => {
  it('of a declared length is refused before the body', async () => {
    at.kubelet.answer = (_, response) => void response.writeHead(200, { 'content-length': 1024 * MIB }).write('{')
    expect(await at.client.failure()).toMatchObject({
      reason: 'too-large',
      message: expect.stringContaining('16777216'),
    })
  })

  it.each([
    ['in large pieces', 64 * 1024, 1024],
    ['in pieces of one byte', 1, 4],
  ])('without end, %s, is cut off, and memory stays bounded', async (_, size, totalMib) => {
    const small = clientFor(at.kubelet, at.ca, { maxBodyBytes: 2 * MIB })
    const poured = Promise.withResolvers<number>()
    at.kubelet.answer = async (_request, response) => {
      response.writeHead(200)
      poured.resolve(await pour(response, Buffer.alloc(size, ' '), totalMib * MIB))
    }
    const before = process.memoryUsage.rss()
    expect((await small.failure()).reason).toBe('too-large')
    expect(await poured.promise).toBeLessThan(128 * MIB)
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * MIB)
    await small.close()
  })

  it('up to the bound is read', async () => {
    at.kubelet.answer = (_, response) => {
      response.write(Buffer.alloc(15 * MIB, ' '))
      response.end(SUMMARY_BODY)
    }
    expect((await at.client.scrape(LOOPBACK)).sample.nodeName).toBe('node-1')
  })
})
