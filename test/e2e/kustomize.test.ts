import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { schemaProblems } from '../support/api-schema.ts'
import { identityOf, loadBase, type Manifest, parseManifests } from '../support/manifests.ts'

const kubectl = process.env.KUBECTL
const sorted = (manifests: readonly Manifest[]) =>
  manifests.toSorted((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1))

describe.skipIf(kubectl === undefined)('kubectl kustomize manifests/base', () => {
  const render = () =>
    parseManifests(execFileSync(kubectl ?? '', ['kustomize', 'manifests/base'], { encoding: 'utf8' }))

  it('renders the objects as the files write them', () => {
    expect(sorted(render())).toEqual(sorted(loadBase()))
  })

  it('renders only fields of the Kubernetes API', () => {
    expect(render().flatMap((m) => schemaProblems(`V1${m.kind}`, m, identityOf(m)))).toEqual([])
  })
})
