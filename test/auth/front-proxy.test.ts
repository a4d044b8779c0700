import { describe, expect, it } from 'vitest'
import { userFromHeaders } from '../../src/auth/front-proxy.ts'

const TRUST = {
  caPem: '',
  allowedNames: [],
  usernameHeaders: ['X-Remote-User', 'X-Other-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group', 'X-Team'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}
const asked = (...rawHeaders: string[]) => userFromHeaders(rawHeaders, TRUST)

describe('the user of a front proxy', () => {
  it.each<[string, string[], string | undefined]>([
    ['is named by the header', ['X-Remote-User', 'ann'], 'ann'],
    ['whatever its case', ['x-reMOTE-user', 'ann'], 'ann'],
    ['is named by the first header that has a value', ['X-Other-User', 'bob', 'X-Remote-User', ''], 'bob'],
    ['is named by the configured order, not the sent one', ['X-Other-User', 'bob', 'X-Remote-User', 'ann'], 'ann'],
    ['is the first of two values', ['X-Remote-User', 'ann', 'X-Remote-User', 'bob'], 'ann'],
    ['is nobody when the first of two values is empty', ['X-Remote-User', '', 'X-Remote-User', 'bob'], undefined],
    ['is nobody without the header', ['X-Remote-Users', 'ann', 'Remote-User', 'ann'], undefined],
    ['may be called __proto__', ['X-Remote-User', '__proto__'], '__proto__'],
    ['may have control characters in its name', ['X-Remote-User', 'a\tb\u0001'], 'a\tb\u0001'],
  ])('%s', (_, rawHeaders, name) => {
    expect(userFromHeaders(rawHeaders, TRUST)?.name).toBe(name)
  })

  it('has each group as it was sent, empty ones left out', () => {
    const user = asked(
      'X-Team',
      't',
      'X-Remote-User',
      'ann',
      'X-Remote-Group',
      'a, b',
      'x-remote-group',
      '',
      'X-Remote-Group',
      'c',
    )
    expect(user?.groups).toEqual(['a, b', 'c', 't'])
  })

  it('may have a great many groups', () => {
    const groups = Array.from({ length: 5000 }, (_, i) => ['X-Remote-Group', `g${i}`]).flat()
    expect(asked('X-Remote-User', 'ann', ...groups)?.groups).toHaveLength(5000)
  })

  it.each<[string, string, string]>([
    ['lower-cased', 'X-Remote-Extra-Scopes', 'scopes'],
    ['percent-decoded', 'X-Remote-Extra-Example.org%2fkey', 'example.org/key'],
    ['decoded after lower-casing', 'X-Remote-Extra-%4Aoe', 'Joe'],
    ['decoded as UTF-8', 'X-Remote-Extra-j%C3%BCrgen', 'jürgen'],
    ['kept when badly encoded', 'X-Remote-Extra-100%zz', '100%zz'],
    ['kept when cut short', 'X-Remote-Extra-100%4', '100%4'],
    ['kept with their plus signs', 'X-Remote-Extra-a+b', 'a+b'],
    ['never taken for more than a key', 'X-Remote-Extra-__proto__', '__proto__'],
    ['empty when nothing follows the prefix', 'X-Remote-Extra-', ''],
  ])('has extra keys %s', (_, header, key) => {
    const user = asked('X-Remote-User', 'ann', header, 'one', header, 'two')
    expect([...(user?.extra ?? [])]).toEqual([[key, ['one', 'two']]])
  })

  it('has the uid only where a uid header is configured', () => {
    const rawHeaders = ['X-Remote-User', 'ann', 'X-Remote-Uid', 'u']
    expect(asked(...rawHeaders)?.uid).toBe('u')
    expect(userFromHeaders(rawHeaders, { ...TRUST, uidHeaders: [] })?.uid).toBeUndefined()
  })
})
