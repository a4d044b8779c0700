import { readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'

const BASE = new URL('../../manifests/base/', import.meta.url)

/** An object of the Kubernetes API as a manifest writes it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** The text of a file of manifests/base. */
const readBase = (file: string): string => readFileSync(new URL(file, BASE), 'utf8')

/** What identifies an object: "apps/v1 Deployment kube-system/metrics-server". */
export function identityOf({ apiVersion, kind, metadata }: Manifest): string {
  return `${apiVersion} ${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`
}

/** Every object of a text of several YAML documents. */
export const parseManifests = (text: string): Manifest[] =>
  (loadAll(text) as (Manifest | null)[]).filter((document) => document !== null)

/** Every object that manifests/base/kustomization.yaml lists. */
export function loadBase(): Manifest[] {
  const [kustomization] = parseManifests(readBase('kustomization.yaml'))
  return (kustomization?.resources as string[]).flatMap((file) => parseManifests(readBase(file)))
}

/** The one object of this kind and name; an error when there is none. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter((m) => m.kind === kind && m.metadata.name === name)
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} objects are ${kind} ${name}`)
  return found[0]
}
