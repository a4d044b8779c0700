import { describe, expect, it } from 'vitest'
import { labelsFrom, labelValue, NO_LABELS } from '../../src/kubernetes/labels.ts'

describe('labels', () => {
  it('are kept flat and sorted by key', () => {
    expect(
      labelsFrom([
        ['tier', 'back'],
        ['app', 'web'],
      ]),
    ).toEqual(['app', 'web', 'tier', 'back'])
  })

  it('take the last value of a key that comes twice', () => {
    expect(
      labelsFrom([
        ['app', 'a'],
        ['app', 'b'],
      ]),
    ).toEqual(['app', 'b'])
  })

  it('hold names that plain objects cannot', () => {
    const labels = labelsFrom([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    expect(labelValue(labels, '__proto__')).toBe('x')
    expect(labelValue(labels, 'toString')).toBeUndefined()
  })

  it('are one shared object when there are none', () => {
    expect(labelsFrom([])).toBe(NO_LABELS)
  })
})
