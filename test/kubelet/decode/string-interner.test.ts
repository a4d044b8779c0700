import { describe, expect, it } from 'vitest'
import { StringInterner } from '../../../src/kubelet/decode/string-interner.ts'

const intern = (interner: StringInterner, text: string): string => {
  const bytes = Buffer.from(`<${text}>`, 'latin1')
  return interner.intern(bytes, 1, bytes.length - 1)
}
const names = (count: number, prefix = 'pod') => Array.from({ length: count }, (_, i) => `${prefix}-${i.toString(36)}`)

/** Texts of eight letters whose hashes end in the same 16 bits: what a kubelet would send to make looking up slow. */
function collidingTexts(count: number): string[] {
  const found: string[] = []
  for (let i = 0; found.length < count; i++) {
    const text = i.toString(36).padStart(8, 'a')
    let hash = -2_128_831_035
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619)
    if ((hash & 0xffff) === 0x1234) found.push(text)
  }
  return found
}

describe('the string interner', () => {
  it('gives the text of the bytes, whatever was looked up before', () => {
    const interner = new StringInterner()
    const texts = ['', 'a', 'b', 'ab', 'ba', 'main', 'x'.repeat(256), 'y'.repeat(257), ...names(5000)]
    for (let round = 0; round < 5; round++) for (const text of texts) expect(intern(interner, text)).toBe(text)
  })

  it('keeps each string once', () => {
    const interner = new StringInterner()
    for (let round = 0; round < 3; round++) for (const name of names(300)) intern(interner, name)
    expect(interner.size).toBe(300)
  })

  it('keeps strings in use, and forgets the others', () => {
    const interner = new StringInterner()
    for (const name of names(20_000, 'gone')) intern(interner, name)
    expect(interner.size).toBeGreaterThanOrEqual(19_900)
    for (let round = 0; round < 1000; round++) for (const name of names(400)) intern(interner, name)
    expect(interner.size).toBeLessThanOrEqual(2 * 400)
    expect(interner.size).toBeGreaterThanOrEqual(400)
  })

  it('stays bounded when each string is new', () => {
    const interner = new StringInterner()
    const filler = 'x'.repeat(240)
    let most = 0
    for (let i = 0; i < 450_000; i++) {
      intern(interner, `${filler}${i.toString(36)}`)
      most = Math.max(most, interner.size)
    }
    // 100 MB in both generations.
    expect(most).toBeLessThan(100e6 / 240)
    expect(intern(interner, 'main')).toBe('main')
  })

  it('does not keep strings that are too long for a name', () => {
    const interner = new StringInterner()
    intern(interner, 'x'.repeat(10_000))
    expect(interner.size).toBe(0)
  })

  it('gives the right texts, and keeps few, when they are made up to collide', () => {
    const interner = new StringInterner()
    const texts = collidingTexts(60)
    for (const text of [...texts, ...texts]) expect(intern(interner, text)).toBe(text)
    expect(interner.size).toBeLessThanOrEqual(16)
  })
})
