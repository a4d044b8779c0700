import type { Condition } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/one-line.ts'
import { at, list, member, text } from '../json-value.ts'

const said = (value: unknown, limit: number): string => oneLine(text(value) ?? '', limit)

/** `status.conditions` of any object. */
export function conditionsOf(object: unknown): readonly Condition[] {
  return list(at(object, 'status', 'conditions')).map((condition) => ({
    type: said(member(condition, 'type'), 60),
    status: said(member(condition, 'status'), 20),
    reason: said(member(condition, 'reason'), 100),
    message: said(member(condition, 'message'), 500),
  }))
}
