import { describe, expect, it } from 'vitest'
import { flagzDocument, flagzHtml, flagzText } from '../../../src/api/pages/flagz.ts'

const flags = [
  { name: 'metric-resolution', value: '1m0s', default: '1m0s', given: false, ignored: false },
  { name: 'node-selector', value: 'a!=<b>\n', default: '', given: true, ignored: false },
  { name: 'profiling', value: 'true', default: 'true', given: false, ignored: true },
]

describe('/flagz', () => {
  it('in plain text is a line for each flag', () => {
    expect(flagzText(flags).split('\n').slice(4)).toEqual([
      'metric-resolution=1m0s',
      'node-selector=a!=<b>\\u{a}',
      'profiling=true',
      '',
    ])
  })

  it('in HTML has those that were given first, and says which have no effect', () => {
    const { text } = flagzHtml(flags)
    expect([...text.matchAll(/<th scope="row">(.*?)<\/th><td><code>(.*?)<\/code>/g)].map((m) => m.slice(1))).toEqual([
      ['<span>--node-selector</span>', 'a!=&lt;b&gt;\\u{a}'],
      ['<span>--metric-resolution</span>', '1m0s'],
      ['<span>--profiling</span> <small>without effect here</small>', 'true'],
    ])
  })

  it('in its structured form has names and values', () => {
    expect(flagzDocument(flags)).toEqual({
      flags: { 'metric-resolution': '1m0s', 'node-selector': 'a!=<b>\n', profiling: 'true' },
    })
  })
})
