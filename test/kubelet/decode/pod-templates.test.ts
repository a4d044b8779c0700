import { describe, expect, it } from 'vitest'
import { cursorOf, valuesAt } from '../../../src/kubelet/decode/json-reader.ts'
import { PodTemplates } from '../../../src/kubelet/decode/pod-templates.ts'
import { SAMPLE_WIDTH } from '../../../src/model/sample-rows.ts'

interface Stats {
  readonly name?: string
  readonly container?: string
  readonly used?: number | string | null
  readonly time?: string
  readonly more?: object
}

const podText = ({ name = 'p', container = 'c', used = 5, time = '2026-01-01T00:00:00Z', more = {} }: Stats) =>
  JSON.stringify({
    podRef: { name, namespace: 'ns', uid: 'u' },
    containers: [{ name: container, cpu: { time, usageCoreNanoSeconds: used } }],
    ...more,
  })

/** Where the pod ends, in bytes of its text; −1 when its template is not known. */
const match = (templates: PodTemplates, text: string, after = ']}'): number => {
  templates.begin(Buffer.from(text + after))
  return templates.match(0)
}

function learn(templates: PodTemplates, text: string): void {
  const bytes = Buffer.from(text)
  templates.begin(bytes)
  const values = valuesAt(cursorOf(bytes))
  if (values !== undefined) templates.learn(values, 0, bytes.length)
}

function knowing(...texts: string[]): PodTemplates {
  const templates = new PodTemplates()
  for (const text of texts) learn(templates, text)
  return templates
}

const known = (templates: PodTemplates, text: string, after?: string) => match(templates, text, after) === text.length

describe('the templates of pods', () => {
  it('knows nothing that it has not learned', () => {
    expect(match(new PodTemplates(), podText({}))).toBe(-1)
  })

  it('knows a pod with other values of the same kinds', () => {
    const templates = knowing(podText({}))
    const other = podText({ name: 'other-pod', container: 'main', used: 123456789012, time: '2026-03-04T05:06:07Z' })
    expect(known(templates, other)).toBe(true)
    const { numbers, starts, ends, rows } = templates.values
    expect(rows).toBe(1)
    const reported = numbers.slice(0, 7)
    expect(reported).toEqual([
      Date.parse('2026-03-04T05:06:07Z'),
      Number.NaN,
      123456789012,
      ...Array(4).fill(Number.NaN),
    ])
    const texts = [0, 1, 2, 3].map((i) => other.slice(starts[i], ends[i]))
    expect(texts).toEqual(['ns', 'other-pod', 'u', 'main'])
  })

  it.each(['', '}', '[]}'])('knows it at the very end of an answer, too, before %j', (after) => {
    const templates = knowing(podText({}))
    for (let more = 0; more < 4; more++)
      expect(known(templates, podText({ name: 'p'.repeat(more + 1) }), after)).toBe(true)
  })

  it.each([
    ['a key more', podText({ more: { a: 1 } })],
    ['a value of another kind', podText({ used: '5' })],
    ['no value', podText({ used: null })],
    ['a container more', podText({}).replace('}}]', '}},{"name":"d"}]')],
    ['an escape', podText({ name: 'a"b' })],
    ['a letter beyond ASCII', podText({ name: 'é' })],
    ['an exponent', podText({}).replace(':5}', ':5e1}')],
    ['a fraction', podText({}).replace(':5}', ':5.5}')],
    ['a negative count', podText({ used: -5 })],
    ['an end before its end', podText({}).slice(0, -1)],
    ['white space', podText({}).replace(',', ', ')],
  ])('does not know a pod with %s', (_, text) => {
    expect(match(knowing(podText({})), text, '')).toBe(-1)
  })

  it('knows several templates side by side, also where they differ in the kind of a value only', () => {
    const texts = [podText({}), podText({ used: 'x' }), podText({ used: null }), podText({ more: { a: [1, 'b', {}] } })]
    const templates = knowing(...texts, ...texts)
    for (const text of texts) expect(known(templates, text)).toBe(true)
    expect(known(knowing(...texts.toReversed()), podText({}))).toBe(true)
  })

  it('finds no time in a text that is none', () => {
    const templates = knowing(podText({}))
    expect(known(templates, podText({ time: 'now' }))).toBe(true)
    expect(templates.values.numbers[0]).toBeNaN()
  })

  it('skips numbers and texts that are not read, whatever they are', () => {
    const templates = knowing(podText({ more: { psi: { avg10: 0, note: 'a' } } }))
    expect(known(templates, podText({ more: { psi: { avg10: 12.5, note: '2026-01-01T00:00:00Z' } } }))).toBe(true)
    expect(
      match(templates, podText({ more: { psi: { avg10: 0, note: 'a' } } }).replace('"avg10":0', '"avg10":00')),
    ).toBe(-1)
  })

  it('forgets a container of a pod that was matched before', () => {
    const two = podText({}).replace('}}]', '}},{"name":"d","memory":{"workingSetBytes":7}}]')
    const templates = knowing(podText({}), two)
    expect(known(templates, two)).toBe(true)
    expect(templates.values.rowNumbers()).toHaveLength(2 * SAMPLE_WIDTH)
    expect(known(templates, podText({}))).toBe(true)
    expect(templates.values.rowNumbers()).toHaveLength(SAMPLE_WIDTH)
  })

  it('stays bounded, and goes on learning, when each pod has another template', () => {
    const templates = knowing(podText({}))
    for (let i = 0; i < 5000; i++) learn(templates, podText({ more: { [`key-${i}-${'x'.repeat(i % 300)}`]: 1 } }))
    learn(templates, podText({ more: { another: 1 } }))
    expect(known(templates, podText({ more: { another: 2 } }))).toBe(true)
  })
})

describe('the values of a JSON text', () => {
  it('come with their paths', () => {
    const bytes = Buffer.from('{"a":[1,{"b":"x"},null,[]],"c":{}}')
    const values = valuesAt(cursorOf(bytes))
    expect(values?.map(({ kind, path, start, end }) => [kind, path, bytes.toString('latin1', start, end)])).toEqual([
      ['number', ['a', 0], '1'],
      ['text', ['a', 1, 'b'], 'x'],
      ['fixed', ['a', 2], 'null'],
      ['fixed', ['a', 3], '[]'],
      ['fixed', ['c'], '{}'],
    ])
  })

  it('are none where something is deeper than any pod, since each value has its path', () => {
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
    expect(valuesAt(cursorOf(Buffer.from(deep(16))))).toHaveLength(1)
    const cursor = cursorOf(Buffer.from(`${deep(17)},`))
    expect(valuesAt(cursor)).toBeUndefined()
    expect(cursor.at).toBe(cursor.bytes.length - 1)
  })

  it('are none where a key comes twice, since the first of them does not count', () => {
    const cursor = cursorOf(Buffer.from('{"a":{"b":1,"\\u0062":2}},'))
    expect(valuesAt(cursor)).toBeUndefined()
    expect(cursor.at).toBe(cursor.bytes.length - 1)
  })
})
