import { ApiError } from './api-error.ts'
import type { StoredObject } from './registry.ts'

export type Matches = (object: StoredObject) => boolean

const REQUIREMENT =
  /^\s*(?:(?<not>!)\s*(?<absent>[^\s!=,()]+)|(?<key>[^\s!=,()]+)\s*(?:(?<op>==|=|!=)\s*(?<value>[^\s!=,()]*)|(?<set>notin|in)\s*\((?<values>[^()]*)\))?)\s*(?:,|$)/

/** A label selector in the words of kubectl -l: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function labelSelector(text: string): Matches {
  const requirements: Matches[] = []
  for (let rest = text.trim(); rest !== ''; ) {
    const match = REQUIREMENT.exec(rest)
    if (match === null) throw new ApiError(400, 'BadRequest', `unable to parse requirement: ${rest}`)
    requirements.push(requirement(match.groups ?? {}))
    rest = rest.slice(match[0].length)
  }
  return (object) => requirements.every((matches) => matches(object))
}

function requirement(part: Record<string, string | undefined>): Matches {
  const label = (object: StoredObject, key: string): string | undefined =>
    Object.hasOwn(object.metadata.labels ?? {}, key) ? object.metadata.labels?.[key] : undefined
  const { absent, key = '', op, value = '', set, values = '' } = part
  if (absent !== undefined) return (object) => label(object, absent) === undefined
  const wanted = set === undefined ? [value] : values.split(',').map((v) => v.trim())
  if (op === undefined && set === undefined) return (object) => label(object, key) !== undefined
  const among: Matches = (object) => {
    const has = label(object, key)
    return has !== undefined && wanted.includes(has)
  }
  return op === '!=' || set === 'notin' ? (object) => !among(object) : among
}

const FIELDS = new Map<string, (object: StoredObject) => unknown>([
  ['metadata.name', (object) => object.metadata.name],
  ['metadata.namespace', (object) => object.metadata.namespace],
  ['status.phase', (object) => (object.status as { phase?: unknown } | undefined)?.phase],
  ['spec.nodeName', (object) => (object.spec as { nodeName?: unknown } | undefined)?.nodeName],
])

/** A field selector of the fields that this server knows: `status.phase=Running,spec.nodeName!=x`. */
export function fieldSelector(text: string): Matches {
  const terms = text.split(',').filter((term) => term.trim() !== '')
  const requirements = terms.map((term): Matches => {
    const match = /^\s*([\w.]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term)
    const read = FIELDS.get(match?.[1] ?? '')
    if (match === null || read === undefined)
      throw new ApiError(400, 'BadRequest', `field label not supported: ${match?.[1] ?? term}`)
    return (object) => (read(object) === match[3]) !== (match[2] === '!=')
  })
  return (object) => requirements.every((matches) => matches(object))
}

/** The name that a field selector asks for, as authorization sees it. */
export function selectedName(text: string): string {
  return /(?:^|,)\s*metadata\.name==?([^,]+)/.exec(text)?.[1]?.trim() ?? ''
}
