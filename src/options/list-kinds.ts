import { type Kind, quoted, type Reading } from './flag.ts'
import { parseGoInt } from './kinds.ts'

/** A certificate for some names (`--tls-sni-cert-key`). */
export interface NamedCertKey {
  readonly certFile: string
  readonly keyFile: string
  /** Host names, with `*.` at most in front, or IP addresses; empty: the certificate's own names. */
  readonly names: readonly string[]
}

const FIELD = /(?:"((?:[^"]|"")*)"|([^",\n\r]*))(,|$)/y

/** Reads a list as pflag does: one record of Go's encoding/csv, so that "a,b" in quotes is one element. */
function readCsv(text: string): string[] | undefined {
  if (text === '') return []
  const fields: string[] = []
  for (let at = 0; ; at = FIELD.lastIndex) {
    FIELD.lastIndex = at
    const field = FIELD.exec(text)
    if (field === null) return undefined
    fields.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? '')
    if (field[3] === '') return fields
  }
}

/** Quoted only where it must be (Go's encoding/csv, fieldNeedsQuotes, as far as one line goes). */
const csvField = (text: string): string => (/^[\s]|[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** Strings by comma; repeated flags add up. */
export const strings: Kind<readonly string[]> = {
  typeName: 'strings',
  bare: undefined,
  read(text, before) {
    const list = readCsv(text)
    if (list === undefined) return { problem: `must be a list by commas, not ${quoted(text)}` }
    return { value: [...(before ?? []), ...list] }
  },
  show: (value) => (value.length === 0 ? '' : `[${value.join(',')}]`),
  text: (value) => `[${value.map(csvField).join(',')}]`,
}

/** Whole numbers by comma; repeated flags add up. */
export const int32s: Kind<readonly number[]> = {
  typeName: 'int32Slice',
  bare: undefined,
  read(text, before) {
    const list = text.split(',').map(parseGoInt)
    const numbers = list.filter((n) => n !== undefined)
    const inRange = numbers.every((n) => Math.abs(n) < 2 ** 31)
    if (numbers.length < list.length || !inRange) {
      return { problem: `must be whole numbers by commas, not ${quoted(text)}` }
    }
    return { value: [...(before ?? []), ...numbers] }
  },
  show: (value) => `[${value.join(',')}]`,
  text: (value) => `[${value.join(',')}]`,
}

function readNamedCertKey(text: string): Reading<NamedCertKey> {
  const colon = text.indexOf(':')
  const files = (colon < 0 ? text : text.slice(0, colon)).split(',').map((part) => part.trim())
  const names =
    colon < 0
      ? []
      : text
          .slice(colon + 1)
          .split(',')
          .map((name) => name.trim())
  const [certFile = '', keyFile = ''] = files
  if (files.length !== 2 || certFile === '' || keyFile === '') {
    return { problem: `must be CERTIFICATE,KEY or CERTIFICATE,KEY:NAME,NAME, not ${quoted(text)}` }
  }
  if (names.includes('')) return { problem: `has an empty name in ${quoted(text)}` }
  return { value: { certFile, keyFile, names } }
}

const namedCertKeyText = ({ certFile, keyFile, names }: NamedCertKey): string =>
  `${certFile},${keyFile}${names.length === 0 ? '' : `:${names.join(',')}`}`

/** Certificate, key and names: one of them to a flag. */
export const namedCertKeys: Kind<readonly NamedCertKey[]> = {
  typeName: 'namedCertKey',
  bare: undefined,
  read(text, before) {
    const one = readNamedCertKey(text)
    return 'problem' in one ? one : { value: [...(before ?? []), one.value] }
  },
  show: () => '[]',
  text: (value) => `[${value.map(namedCertKeyText).join(';')}]`,
}

/** `pattern=N,…` (component-base, logs/api/v1/pflags.go). */
export const verbosityPatterns: Kind<readonly string[]> = {
  typeName: 'pattern=N,...',
  bare: undefined,
  read(text, before) {
    const items = text.split(',').filter((item) => item !== '')
    const wrong = items.find((item) => !/^[^=]+=\d{1,9}$/.test(item))
    if (wrong !== undefined) return { problem: `must be PATTERN=N by commas, not ${quoted(wrong)}` }
    return { value: [...(before ?? []), ...items] }
  },
  show: (value) => value.join(','),
  text: (value) => value.join(','),
}

/** `[component:]Feature=true|false,…`. */
export const featureGates: Kind<readonly string[]> = {
  typeName: 'colonSeparatedMultimapStringString',
  bare: undefined,
  read(text, before) {
    const items = text.split(',').filter((item) => item !== '')
    const wrong = items.find((item) => !/^\s*([^:=]+:)?[^:=]+=(1|0|t|f|true|false)\s*$/i.test(item))
    if (wrong !== undefined) return { problem: `must be Feature=true or Feature=false by commas, not ${quoted(wrong)}` }
    return { value: [...(before ?? []), ...items] }
  },
  show: (value) => value.join(','),
  text: (value) => value.join(','),
}
