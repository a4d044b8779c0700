import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { clientFor, LOOPBACK, startRaw, SUMMARY_BODY } from './fake-kubelet.ts'
import { useKubelet } from './kubelet-fixture.ts'

const at = useKubelet()

describe('a kubelet that answers rubbish', () => {
  it.each<[string, Buffer | string, string]>([
    ['garbage', Buffer.from([0, 1, 2, 255]), 'malformed'],
    ['a cut Summary', SUMMARY_BODY.subarray(0, 3000), 'malformed'],
    ['a page', '<html>', 'malformed'],
    ['nothing', '', 'malformed'],
  ])('%s', async (_, body, reason) => {
    at.kubelet.answer = (_request, response) => void response.end(body)
    const error = await at.client.failure()
    expect(error).toMatchObject({ reason, message: expect.stringContaining('cannot be decoded') })
    at.kubelet.answer = (_request, response) => void response.end(SUMMARY_BODY)
    await at.client.scrape(LOOPBACK)
    expect(at.kubelet.connections()).toBe(2)
  })

  it('that it failed itself', async () => {
    const resource = clientFor(at.kubelet, at.ca, { source: 'resource' })
    at.kubelet.answer = (_, response) => void response.end('resource_scrape_error 1\n')
    expect(await resource.failure()).toMatchObject({ reason: 'scrape-error' })
    await resource.close()
  })

  it.each<[string, RequestListener]>([
    [
      'of a declared length',
      (_, response) => void response.writeHead(200, { 'content-length': 9999 }).write('{"pods":'),
    ],
    ['in chunks', (_, response) => void response.writeHead(200).write('{"pods":')],
  ])('an answer %s that is cut', async (_, serve) => {
    at.kubelet.answer = (request, response) => {
      serve(request, response)
      setTimeout(() => request.socket.destroy(), 20)
    }
    const error = await at.client.failure()
    expect(error.reason).toBe('connection')
    expect(error.message).toMatch(/broke while reading the answer, after \d+ bytes/)
  })

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'malformed'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n', 'malformed'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'malformed'],
    ['an upgrade', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'connection'],
    ['huge headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 'too-large'],
    ['very many headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}\r\n`, 'too-large'],
  ])('over HTTP: %s', async (_, text, reason) => {
    const raw = await startRaw((socket) => void socket.once('data', () => socket.write(text)))
    const plain = clientFor(raw, undefined)
    expect((await plain.failure()).reason).toBe(reason)
    await plain.close()
    raw.close()
  })

  it('plain HTTP where TLS is expected', async () => {
    const raw = await startRaw((socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const other = clientFor(raw, at.ca)
    expect((await other.failure()).reason).toBe('tls')
    await other.close()
    raw.close()
  })

  it('the alert internal error: it waits for its certificate', async () => {
    // A record of TLS 1.2 with a fatal alert, 80 (RFC 8446 6.2).
    const alert = Buffer.from([21, 3, 3, 0, 2, 2, 80])
    const raw = await startRaw((socket) => void socket.once('data', () => socket.end(alert)))
    const other = clientFor(raw, at.ca)
    expect(await other.failure()).toMatchObject({
      reason: 'tls',
      what: expect.stringMatching(/no serving certificate.*certificate signing request \(CSR\).*INTERNAL_ERROR/),
      remedy: expect.stringMatching(/serverTLSBootstrap: true.*kubectl get csr.*kubectl certificate approve/),
    })
    await other.close()
    raw.close()
  })

  it('a connection that is reset at once', async () => {
    const raw = await startRaw((socket) => void socket.resetAndDestroy())
    const other = clientFor(raw, at.ca)
    expect(['tls', 'connection']).toContain((await other.failure()).reason)
    await other.close()
    raw.close()
  })
})
