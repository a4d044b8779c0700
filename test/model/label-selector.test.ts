import { describe, expect, it } from 'vitest'
import { parseLabelSelector } from '../../src/model/label-selector.ts'
import { labelsFrom } from '../../src/model/labels.ts'

const WEB = labelsFrom([
  ['app', 'web'],
  ['tier', 'front'],
  ['rank', '7'],
  ['blank', ''],
  ['in', 'notin'],
  ['example.com/team', 'a'],
])

describe('an object app=web, tier=front, rank=7, blank=, in=notin, example.com/team=a', () => {
  it.each([
    ['', true],
    [' \t\r\n', true],
    ['app=web', true],
    ['app==web', true],
    ['app=db', false],
    [' app = web , tier = front ', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['app!=db', true],
    ['absent!=web', true],
    ['app in (web)', true],
    ['app in (db, web)', true],
    ['app in (db)', false],
    ['app in (web,web)', true],
    ['absent in (web)', false],
    ['absent in ()', false],
    ['blank in ()', true],
    ['blank in (,x)', true],
    ['blank in (x,)', true],
    ['app in (,web)', true],
    ['app notin (db)', true],
    ['app notin (web)', false],
    ['absent notin (web)', true],
    ['blank=', true],
    ['app=', false],
    ['blank=,app=web', true],
    ['app', true],
    ['absent', false],
    ['!absent', true],
    ['! app', false],
    ['in', true],
    ['in=notin', true],
    ['in in (in,notin)', true],
    ['notin', false],
    ['app,in,!notin', true],
    ['rank>6', true],
    ['rank>7', false],
    ['rank > 6', true],
    ['rank<8', true],
    ['rank<7', false],
    ['rank>06', true],
    ['tier>1', false],
    ['absent<5', false],
    ['rank<9223372036854775807', true],
    ['example.com/team=a', true],
    ['example.com/team notin (a)', false],
    ['app=web,app=db', false],
    ['app=web,app!=db', true],
    ['app=web\0', true],
    ['\0,,', true],
  ])('%j selects it: %s', (selector, expected) => {
    expect(parseLabelSelector(selector).matches(WEB)).toBe(expected)
  })
})

it.each([
  ['', true],
  ['  ', true],
  ['a', false],
])('%j is empty: %s', (selector, expected) => {
  expect(parseLabelSelector(selector).empty).toBe(expected)
})
