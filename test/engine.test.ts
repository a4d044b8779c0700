import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const ENGINE = fileURLToPath(new URL('../src/engine.ts', import.meta.url))

/** What V8 compiles of a function that is called all the time, first in a phase of its own and then after `then`. */
async function compiled(then: string): Promise<{ readonly before: string; readonly after: string }> {
  const script = `
    import { allowCompilers, fitEngineToLoad, startSmall } from ${JSON.stringify(ENGINE)}
    startSmall()
    function hot(n) {
      let sum = 0
      for (let i = 0; i < n; i++) sum = (sum * 31 + i) | 0
      return sum
    }
    const work = () => { for (let i = 0; i < 20_000; i++) hot(100) }
    work()
    console.log('=== then')
    ${then}
    for (let i = 0; i < 50; i++) {
      work()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }`
  const argv = ['--trace-opt', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 1 << 26 })
  const ofHot = stdout.split('\n').filter((line) => line.startsWith('===') || /^\[compiling .*\bhot\b/.test(line))
  const middle = ofHot.indexOf('=== then')
  return { before: ofHot.slice(0, middle).join('\n'), after: ofHot.slice(middle).join('\n') }
}

describe('the compilers of V8', () => {
  it('are off at first, and on for a program that works at once', async () => {
    const { before, after } = await compiled('allowCompilers()')
    expect(before).toBe('')
    expect(after).toContain('target MAGLEV')
    expect(after).toContain('target TURBOFAN')
  })

  it('are switched on by load', async () => {
    const { before, after } = await compiled('fitEngineToLoad(20)')
    expect(before).toBe('')
    expect(after).toContain('target MAGLEV')
    expect(after).toContain('target TURBOFAN')
  })

  it.each([
    [31, true, false],
    [61, true, true],
  ])('are on with %d nodes: Maglev %s, TurboFan %s', async (nodes, maglev, turbofan) => {
    const { after } = await compiled(`fitEngineToLoad(3_600_000)(${nodes})`)
    expect({ maglev: after.includes('target MAGLEV'), turbofan: after.includes('target TURBOFAN') }).toEqual({
      maglev,
      turbofan,
    })
  })

  it('stay off while there is little of it', async () => {
    const { after } = await compiled('fitEngineToLoad(3_600_000)(30)')
    expect(after).toBe('=== then')
  })
})
