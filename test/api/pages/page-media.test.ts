import { describe, expect, it } from 'vitest'
import { choosePageMedia } from '../../../src/api/pages/answer-page.ts'

const chosen = (accept: string | undefined, userAgent?: string) =>
  choosePageMedia({ accept, userAgent, pretty: undefined, includeObject: undefined }, 'Statusz')
const CHROMIUM = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'
const kind = 'as=Statusz;v=v1beta1;g=config.k8s.io'

describe('the form of a page', () => {
  it.each([
    ['nothing', undefined, { format: 'text' }],
    ['blanks', '  ', { format: 'text' }],
    ['anything, as curl does', '*/*', { format: 'text' }],
    ['any text', 'text/*', { format: 'text' }],
    ['plain text', 'text/plain; charset=utf-8', { format: 'text' }],
    ['what a browser asks for', CHROMIUM, { format: 'html' }],
    ['text before HTML', 'text/html;q=0.5, text/plain', { format: 'text' }],
    ['the structured form', `application/json;${kind}`, { format: 'json', version: 'v1beta1', pretty: false }],
    [
      'the structured form of before',
      'application/yaml;as=Statusz;v=v1alpha1;g=config.k8s.io',
      { format: 'yaml', version: 'v1alpha1', pretty: false },
    ],
    ['the structured form or any', `application/json;as=Statusz;v=v9;g=config.k8s.io, */*`, { format: 'text' }],
    ['JSON without a kind', 'application/json', undefined],
    ['JSON of another kind', 'application/json;as=Flagz;v=v1beta1;g=config.k8s.io', undefined],
    ['JSON of another group', 'application/json;as=Statusz;v=v1beta1;g=metrics.k8s.io', undefined],
    ['text of a kind', `text/plain;${kind}`, undefined],
    ['a stream', 'text/plain;stream=watch', undefined],
    ['protobuf', 'application/vnd.kubernetes.protobuf', undefined],
    ['rubbish', 'some header', undefined],
  ])('for %s', (_, accept, expected) => {
    expect(chosen(accept)).toEqual(expected)
  })

  it('is indented for people', () => {
    expect(chosen(`application/json;${kind}`, 'curl/8.0')).toMatchObject({ pretty: true })
  })
})
