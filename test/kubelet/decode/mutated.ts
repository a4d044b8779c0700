import fc from 'fast-check'

/** A change to bytes: cut, a byte overwritten, a piece doubled or taken out, or bytes put in. */
export const mutated: fc.Arbitrary<(body: Buffer) => Buffer> = fc
  .record({
    kind: fc.constantFrom('cut', 'overwrite', 'double', 'remove', 'insert'),
    where: fc.double({ min: 0, max: 0.999, noNaN: true }),
    length: fc.integer({ min: 1, max: 200 }),
    put: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('{', '}', '"', '\\', ',', ':', '0', '-', '.', '1e999', 'null', '\n', '\r\n', '#', ' ')
        .map((t) => Buffer.from(t)),
    ),
  })
  .map(({ kind, where, length, put }) => (body) => {
    const at = Math.floor(where * body.length)
    const [before, piece, after] = [body.subarray(0, at), body.subarray(at, at + length), body.subarray(at + length)]
    if (kind === 'cut') return before
    if (kind === 'overwrite') return Buffer.concat([before, put, body.subarray(at + put.length)])
    if (kind === 'double') return Buffer.concat([before, piece, piece, after])
    if (kind === 'remove') return Buffer.concat([before, after])
    return Buffer.concat([before, put, piece, after])
  })
