import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ResponseHeads, MAX_HEAD_BYTES } from '../../../src/kubelet/client/response-head.ts'

/** What the parser gets of an answer that comes in these pieces. */
function read(...pieces: readonly string[]): string {
  const heads = new ResponseHeads()
  heads.begin()
  return pieces.map((piece) => heads.take(Buffer.from(piece, 'latin1'))?.toString('latin1') ?? '').join('')
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n'
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n'

describe('the head of an answer', () => {
  it.each([
    ['is handed on as it is', `${OK}{}`, `${OK}{}`],
    ['comes after one that is interim', `${HINTS}${OK}{}`, `${OK}{}`],
    ['comes after many of them', `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)}HTTP/1.0 102\r\n\r\n${OK}{}`, `${OK}{}`],
    ['is not that of an upgrade', 'HTTP/1.1 101 X\r\n\r\n', 'HTTP/1.1 101 X\r\n\r\n'],
    [
      'may end its lines with line feeds',
      'HTTP/1.1 200 OK\nContent-Length: 2\n\n{}',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
    ],
    ['may be folded', 'HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n\r\n', 'HTTP/1.1 200 OK\r\nA: b c\r\n\r\n'],
    [
      'may repeat its length',
      `HTTP/1.1 200\r\ncontent-length: 2\r\nContent-Length:2 \r\n\r\n{}`,
      'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}',
    ],
    [
      'keeps two different lengths, for the parser to refuse',
      'HTTP/1.1 200\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n',
      'HTTP/1.1 200\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n',
    ],
    [
      'has no length where chunks say it',
      'HTTP/1.1 200\r\nContent-Length: 2\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n',
    ],
    ['is handed on at once when it is no HTTP', 'SSH-2.0', 'SSH-2.0'],
  ])('%s', (_, answer, expected) => {
    expect(read(answer)).toBe(expected)
    expect(read(...answer)).toBe(expected)
  })

  it('leaves the body alone, whatever is in it', () => {
    const body = `${HINTS}\n\nA\n B${OK}`
    expect(read(OK, body)).toBe(`${OK}${body}`)
    expect(read(`${OK}${body}`)).toBe(`${OK}${body}`)
  })

  it('is read anew for each request', () => {
    const heads = new ResponseHeads()
    for (let i = 0; i < 2; i++) {
      heads.begin()
      expect(heads.take(Buffer.from(`${HINTS}${OK}{}`))?.toString()).toBe(`${OK}{}`)
    }
  })

  it('comes to the same in whatever pieces', () => {
    const answer = `${HINTS}HTTP/1.1 100\n\nHTTP/1.1 200 OK\nA: b\n\tc\r\nContent-Length: 4\nContent-Length: 4\n\n\n\n{}`
    const whole = read(answer)
    fc.assert(
      fc.property(fc.array(fc.nat(answer.length)), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), answer.length]
        expect(read(...at.slice(1).map((end, i) => answer.slice(at[i], end)))).toBe(whole)
      }),
    )
  })

  it.each([
    ['of one head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(MAX_HEAD_BYTES)}`],
    ['of interim heads without end', HINTS.repeat(MAX_HEAD_BYTES / HINTS.length + 1)],
  ])('is bounded: %s', (_, answer) => {
    expect(() => read(answer)).toThrow(/headers are longer than 16384/)
    expect(() => read(...answer)).toThrow(/headers are longer than 16384/)
  })
})
