import { describe, expect, it } from 'vitest'
import { openApiV2, openApiV3 } from '../../../src/api/openapi/build.ts'
import { protobufV2, protobufV3 } from '../../../src/api/openapi/protobuf.ts'
import { createGnosticReader } from '../../support/gnostic-protobuf.ts'

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value))

describe('OpenAPI in protobuf', () => {
  it('says the same as the JSON, in v2', () => {
    const json = asJson(openApiV2())
    expect(createGnosticReader('v2')(protobufV2(json))).toEqual(json)
  })

  it.each([...openApiV3()])('says the same as the JSON, in v3: %s', (_, document) => {
    const json = asJson(document)
    expect(createGnosticReader('v3')(protobufV3(json))).toEqual(json)
  })

  it('writes the defaults that are empty, 0 or false', () => {
    const properties = { a: { default: '' }, b: { default: false }, c: { default: 0 }, d: { default: {} } }
    const json = { components: { schemas: { one: { properties } } } }
    expect(createGnosticReader('v3')(protobufV3(json))).toEqual(json)
  })

  it('is not made of what it has no field for', () => {
    expect(() => protobufV2({ securityDefinitions: {} })).toThrow('no field for securityDefinitions')
    expect(() => protobufV3({ info: { 'x-extension': '' } })).toThrow('no field for x-extension')
  })
})
