import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
/** The function, or its caller, of which it becomes a part where V8 compiles that first. */
const COMPILED = /^\[compiling .*<JSFunction (hot|work)\b/
/** So many that V8's threads, which compile, get their turn on a busy machine too. */
const ROUNDS = 200
const ENGINE = fileURLToPath(new URL('../src/engine.ts', import.meta.url))

/** What V8 compiles of a function that is called all the time, first in a phase of its own and then after `then`. */
async function compiled(
  then: string,
  { callsBefore = 20_000, callsAfter = 4_000_000, turns = 100 } = {},
): Promise<{ readonly before: string; readonly after: string }> {
  const script = `
    import { allowCompilers, fitEngineToLoad, startSmall } from ${JSON.stringify(ENGINE)}
    startSmall()
    function hot(n) {
      let sum = 0
      for (let i = 0; i < n; i++) sum = (sum * 31 + i) | 0
      return sum
    }
    const work = (calls) => { for (let i = 0; i < calls; i++) hot(${turns}) }
    work(${callsBefore})
    console.log('=== then')
    ${then}
    for (let i = 0; i < ${ROUNDS}; i++) {
      work(${callsAfter} / ${ROUNDS})
      await new Promise((resolve) => setTimeout(resolve, 10))
    }`
  const argv = ['--trace-opt', '--input-type=module', '--eval', script]
  const { stdout } = await run(process.execPath, argv, { maxBuffer: 1 << 26 })
  const ofHot = stdout.split('\n').filter((line) => line.startsWith('===') || COMPILED.test(line))
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

  it('compile what was called before they were on as soon as what is called afterwards', async () => {
    const { after } = await compiled('fitEngineToLoad(3_600_000)(61)', { callsBefore: 300, callsAfter: 2000, turns: 0 })
    expect(after).toContain('target MAGLEV')
  })

  it('stay off while there is little of it', async () => {
    const { after } = await compiled('fitEngineToLoad(3_600_000)(30)')
    expect(after).toBe('=== then')
  })
})

/** The bytes of one half of the young generation, in a process where much stays alive. */
async function youngGeneration(nodes: number): Promise<number> {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { fitEngineToLoad, startSmall } from ${JSON.stringify(ENGINE)}
    startSmall()
    fitEngineToLoad(3_600_000)(${nodes})
    const alive = []
    for (let turn = 0; turn < 100; turn++) {
      for (let i = 0; i < 2000; i++) alive.push({ name: 'pod-' + i })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
    console.log(young.space_used_size + young.space_available_size)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script])
  return Number(stdout)
}

describe('the young generation of V8', () => {
  it.each([
    [60, 1],
    [61, 2],
    [301, 4],
  ])('with %d nodes has %d MiB', async (nodes, mebibytes) => {
    expect((await youngGeneration(nodes)) / 2 ** 20).toBeCloseTo(mebibytes, 1)
  })
})
