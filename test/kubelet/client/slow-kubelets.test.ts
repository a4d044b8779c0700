import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { startDropping } from './dropping-server.ts'
import { clientFor, nodeAt, startRaw, SUMMARY_BODY } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const at = useKubelet()

describe('a kubelet that is slow', () => {
  it.each<[string, RequestListener, string]>([
    ['hangs before its headers', () => {}, 'waiting for the answer'],
    [
      'hangs in the middle',
      (_, response) => void response.write(SUMMARY_BODY.subarray(0, 5000)),
      'reading.*5000 bytes',
    ],
  ])('and %s fails at the deadline, and its connection is closed', async (_, serve, where) => {
    const closed = Promise.withResolvers<void>()
    const served = Promise.withResolvers<void>()
    at.kubelet.answer = (request, response) => {
      request.socket.once('close', () => closed.resolve())
      serve(request, response)
      setTimeout(served.resolve, 50)
    }
    const failure = at.client.failure()
    await served.promise
    await at.client.clock.advance(9_999)
    await at.client.clock.advance(1)
    const error = await failure
    expect(error.reason).toBe('timeout')
    expect(error.message).toMatch(new RegExp(`no whole answer within 10000 ms \\(${where}.*--kubelet-request-timeout`))
    await closed.promise
  })

  it('and drips its answer fails at the deadline, not later', async () => {
    at.kubelet.answer = (_, response) => {
      const drip = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(drip))
    }
    const [failure] = [at.client.failure(), await at.kubelet.nextRequest()]
    for (let second = 0; second < 10; second++) await at.client.clock.advance(1000)
    expect((await failure).reason).toBe('timeout')
  })

  it('and never finishes the TLS handshake fails at the deadline', async () => {
    const accepted = Promise.withResolvers<void>()
    const raw = await startRaw(() => accepted.resolve())
    const other = clientFor(raw, at.ca)
    const failure = other.failure()
    await accepted.promise
    await other.clock.advance(10_000)
    expect(await failure).toMatchObject({
      reason: 'timeout',
      message: expect.stringContaining('(in the TLS handshake)'),
    })
    await other.close()
    raw.close()
  })

  it('and cannot be connected to takes no more than its share of the time from the next address', async () => {
    const dropping = await startDropping('127.0.0.2', at.kubelet.port)
    const listed = ['127.0.0.2', '127.0.0.1'].map((address) => ({ type: 'InternalIP', address }))
    const both = at.client.scrape(nodeAt(listed))
    let ended = false
    void both.finally(() => {
      ended = true
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await at.client.clock.advance(4_999)
    expect(ended).toBe(false)
    await at.client.clock.advance(1)
    expect((await both).sample.nodeName).toBe('node-1')

    const alone = at.client.failure(nodeAt(listed.slice(0, 1)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await at.client.clock.advance(10_000)
    expect(await alone).toMatchObject({ reason: 'timeout', message: expect.stringContaining('(connecting)') })
    dropping.close()
  })
})
