import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonLines } from '../../../src/cluster/client/api-client.ts'

async function* chunksOf(bytes: Buffer, cuts: readonly number[]) {
  let from = 0
  for (const cut of [...cuts, bytes.length].map((one) => Math.min(one, bytes.length)).sort((a, b) => a - b)) {
    yield bytes.subarray(from, cut)
    from = cut
  }
}

async function linesOf(chunks: AsyncIterable<Buffer>, limit: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of jsonLines(chunks, limit)) lines.push(line.toString('utf8'))
  return lines
}

it('gives the same lines wherever the chunks end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(400)), async (texts, cuts) => {
      const values = texts.map((text) => JSON.stringify(text))
      const bytes = Buffer.from(values.map((value) => `${value}\n`).join(''))
      expect(await linesOf(chunksOf(bytes, cuts), 10_000)).toEqual(values)
    }),
  )
})

it.each([
  ['at its limit', 10, true],
  ['one over', 11, false],
])('a line %s, in one chunk or several', async (_name, length, fits) => {
  for (const cuts of [[], [3, 7]]) {
    const bytes = Buffer.from(`${'x'.repeat(length)}\n`)
    const read = linesOf(chunksOf(bytes, cuts), 10)
    if (fits) expect(await read).toHaveLength(1)
    else await expect(read).rejects.toThrow(/longer than 10 bytes/)
  }
})
