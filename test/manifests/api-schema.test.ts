import { describe, expect, it } from 'vitest'
import { schemaProblems } from '../support/api-schema.ts'
import { parseManifests } from '../support/manifests.ts'

const problems = async (yaml: string) => (await Promise.all(parseManifests(yaml).map(schemaProblems))).flat()

describe('a manifest that a strict kubectl would refuse', () => {
  it('is found by a misspelt field, once, wherever it is', async () => {
    const service = `
      {apiVersion: v1, kind: Service, metadata: {name: a, lables: {a: b}},
       spec: {ports: [{port: 443, prot: 1}], sesionAffinity: {clientIP: {timeout: 1}}}}`
    expect(await problems(service)).toEqual([
      '/metadata/lables is no such field',
      '/spec/ports/0/prot is no such field',
      '/spec/sesionAffinity is no such field',
    ])
  })

  it('is found by what is missing, and by a value of another type or range', async () => {
    const deployment = `
      {apiVersion: apps/v1, kind: Deployment, metadata: {name: a},
       spec: {replicas: "2", template: {spec: {containers: [{name: a, imagePullPolicy: Sometimes}]}}}}`
    expect(await problems(deployment)).toEqual([
      '/spec must have required property selector',
      '/spec/replicas must be integer',
      '/spec/template/spec/containers/0/imagePullPolicy must be equal to one of the allowed values',
    ])
  })

  it.each([
    ['cert-manager.io/v1', 'Certificate', '{secretName: a, issuerRef: {name: a, knd: b}}', '/spec/issuerRef/knd'],
    ['monitoring.coreos.com/v1', 'ServiceMonitor', '{endpoints: [{prt: a}], selector: {}}', '/spec/endpoints/0/prt'],
    ['policy/v1', 'PodDisruptionBudget', '{minAvailabel: 1}', '/spec/minAvailabel'],
    ['apiregistration.k8s.io/v1', 'APIService', '{groupPriorityMinimum: 1, versionPriority: 1, ca: x}', '/spec/ca'],
  ])('is found among those of %s %s', async (apiVersion, kind, spec, path) => {
    const yaml = `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}, spec: ${spec}}`
    expect(await problems(yaml)).toEqual([`${path} is no such field`])
  })

  it('is found by a kind or a version that there is not', async () => {
    expect(await problems('{apiVersion: v1, kind: Servce, metadata: {name: a}}')).toEqual([
      'no schema is known of v1 Servce a',
    ])
    await expect(problems('{apiVersion: policy/v9, kind: Budget, metadata: {name: a}}')).rejects.toThrow(/policy\/v9/)
  })
})
