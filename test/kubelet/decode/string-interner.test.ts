import { describe, expect, it } from 'vitest'
import { TextMemory } from '../../../src/kubelet/decode/string-interner.ts'

const ask = (memory: TextMemory, text: string): string => {
  const bytes = Buffer.from(`<${text}>`, 'latin1')
  return memory.text(bytes, 1, bytes.length - 1)
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

describe('the memory of texts', () => {
  it('gives the text of the bytes, whatever was asked before', () => {
    const memory = new TextMemory()
    const texts = ['', 'a', 'b', 'ab', 'ba', 'main', 'x'.repeat(256), 'y'.repeat(257), ...names(5000)]
    for (let round = 0; round < 5; round++) for (const text of texts) expect(ask(memory, text)).toBe(text)
  })

  it('remembers each text once', () => {
    const memory = new TextMemory()
    for (let round = 0; round < 3; round++) for (const name of names(300)) ask(memory, name)
    expect(memory.size).toBe(300)
  })

  it('keeps what is in use, and forgets what is not', () => {
    const memory = new TextMemory()
    for (const name of names(20_000, 'gone')) ask(memory, name)
    expect(memory.size).toBeGreaterThanOrEqual(19_900)
    for (let round = 0; round < 1000; round++) for (const name of names(400)) ask(memory, name)
    expect(memory.size).toBeLessThanOrEqual(2 * 400)
    expect(memory.size).toBeGreaterThanOrEqual(400)
  })

  it('stays bounded when each text is another one', () => {
    const memory = new TextMemory()
    const filler = 'x'.repeat(240)
    let most = 0
    for (let i = 0; i < 450_000; i++) {
      ask(memory, `${filler}${i.toString(36)}`)
      most = Math.max(most, memory.size)
    }
    // 100 MB in both generations.
    expect(most).toBeLessThan(100e6 / 240)
    expect(ask(memory, 'main')).toBe('main')
  })

  it('does not remember what is too long for a name', () => {
    const memory = new TextMemory()
    ask(memory, 'x'.repeat(10_000))
    expect(memory.size).toBe(0)
  })

  it('gives the right texts, and keeps few, when they are made up to collide', () => {
    const memory = new TextMemory()
    const texts = collidingTexts(60)
    for (const text of [...texts, ...texts]) expect(ask(memory, text)).toBe(text)
    expect(memory.size).toBeLessThanOrEqual(16)
  })
})
