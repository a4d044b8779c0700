import { describe, expect, it } from 'vitest'
import { encodeStatus } from '../../../src/api/encoding/documents.ts'
import { type Endpoint, negotiate, negotiateStatus } from '../../../src/api/negotiation/negotiate.ts'
import { type RecordedAnswer, recordedAnswers } from '../../support/recorded-answers.ts'

describe('the Go server, given the same requests', () => {
  const endpointOf = (path: string): Endpoint =>
    path === '/apis' ? 'groups' : /\/(nodes|pods)(\?|$)/.test(path) ? 'list' : 'object'
  const requestOf = ({ path, headers }: RecordedAnswer) => {
    const query = new URL(path, 'https://server').searchParams
    return {
      accept: headers.accept,
      userAgent: headers['user-agent'],
      pretty: query.get('pretty') ?? undefined,
      includeObject: query.get('includeObject') ?? undefined,
    }
  }
  const asked = recordedAnswers().filter(({ id }) => /^(accept-|table-|partial-|nodes|pods|aggregated-)/.test(id))

  it.each(asked.filter(({ status }) => status === 406))('$id is refused in the same bytes', (answer) => {
    const request = requestOf(answer)
    const negotiated = negotiate(request, endpointOf(answer.path))
    if (negotiated.ok) throw new Error('not refused')
    const { contentType, body } = encodeStatus(negotiated.status, negotiateStatus(request))
    expect(body.toString()).toBe(answer.body)
    expect(contentType).toBe(answer.contentType)
  })

  it.each(asked.filter(({ status }) => status !== 406))('$id gets the same media type', (answer) => {
    const negotiated = negotiate(requestOf(answer), endpointOf(answer.path))
    if (!negotiated.ok) throw new Error(negotiated.status.message)
    const subtype = { json: 'json', yaml: 'yaml', protobuf: 'vnd.kubernetes.protobuf' }[negotiated.media.format]
    expect(answer.contentType.split(';')[0]).toBe(`application/${subtype}`)
    if (answer.body?.startsWith('{')) expect(negotiated.media.pretty).toBe(answer.body.startsWith('{\n'))
    expect(negotiated.discovery).toBe(answer.id.startsWith('aggregated-') ? 'v2' : undefined)
  })
})
