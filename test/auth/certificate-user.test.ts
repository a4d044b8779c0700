import { X509Certificate } from 'node:crypto'
import type { JsonName } from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/tls/certificate.ts'
import { commonNameOf, holderOf } from '../../src/auth/client-certificates.ts'
import { selfSigned } from '../support/certificate-maker.ts'

const UID = '1.3.6.1.4.1.57683.2'
const subjectOf = async (subject: JsonName) => {
  const made = await selfSigned({ subject })
  return readCertificate(new X509Certificate(made.certPem))
}

describe('the holder of a certificate', () => {
  it.each<[string, JsonName, { name: string; groups: string[]; uid?: string }]>([
    ['a name alone', [{ CN: ['alice'] }], { name: 'alice', groups: [] }],
    ['groups in their order', [{ O: ['b'] }, { O: ['a'] }, { CN: ['alice'] }], { name: 'alice', groups: ['b', 'a'] }],
    ['a multi-valued part', [{ O: ['x', 'y'], CN: ['alice'] }], { name: 'alice', groups: ['x', 'y'] }],
    ['the last of several names', [{ CN: ['first'] }, { CN: ['second'] }], { name: 'second', groups: [] }],
    ['a comma in a name', [{ CN: ['a,O=system:masters'] }], { name: 'a,O=system:masters', groups: [] }],
    ['a line break in a name', [{ CN: ['a\nO=system:masters'] }], { name: 'a\nO=system:masters', groups: [] }],
    ['a slash and a plus', [{ CN: ['a/O=b+O=c'] }], { name: 'a/O=b+O=c', groups: [] }],
    ['a service account', [{ CN: ['system:serviceaccount:ns:n'] }], { name: 'system:serviceaccount:ns:n', groups: [] }],
    ['other scripts', [{ O: ['グループ'] }, { CN: ['jürgen'] }], { name: 'jürgen', groups: ['グループ'] }],
    ['a uid', [{ [UID]: ['u-1'] }, { CN: ['alice'] }], { name: 'alice', groups: [], uid: 'u-1' }],
    ['other attributes', [{ OU: ['unit'] }, { L: ['place'] }, { CN: ['alice'] }], { name: 'alice', groups: [] }],
    ['an empty group', [{ O: [''] }, { CN: ['alice'] }], { name: 'alice', groups: [''] }],
  ])('%s', async (_, subject, expected) => {
    const holder = holderOf(await subjectOf(subject))
    expect(holder).toMatchObject({ uid: undefined, ...expected })
  })

  it.each<[string, JsonName, 'nobody' | 'invalid']>([
    ['no common name is nobody', [{ O: ['system:masters'] }], 'nobody'],
    ['an empty common name is nobody', [{ CN: [''] }], 'nobody'],
    ['an empty name after another is nobody', [{ CN: ['admin'] }, { CN: [''] }], 'nobody'],
    ['two uids are invalid', [{ [UID]: ['1'] }, { [UID]: ['2'] }, { CN: ['a'] }], 'invalid'],
    ['an empty uid is invalid', [{ [UID]: [''] }, { CN: ['a'] }], 'invalid'],
  ])('%s', async (_, subject, expected) => {
    expect(holderOf(await subjectOf(subject))).toBe(expected)
  })

  it('the common name that a front proxy is known by is the same', async () => {
    expect(commonNameOf(await subjectOf([{ CN: ['first'] }, { CN: ['a,O=b'] }]))).toBe('a,O=b')
  })
})
