import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { applyPatch, type Operation } from 'rfc6902'

/** An object of the Kubernetes API, as far as rendering looks at it. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

interface Patch {
  readonly target: { readonly kind: string; readonly name?: string }
  readonly path?: string
  readonly patch?: string
}

interface Kustomization {
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
  readonly patches?: readonly Patch[]
}

const KNOWN = new Set(['apiVersion', 'kind', 'resources', 'components', 'patches'])

const documentsIn = (text: string): unknown[] => loadAll(text).filter((document) => document !== null)

function kustomizationIn(directory: string): Kustomization {
  const path = join(directory, 'kustomization.yaml')
  const [kustomization] = documentsIn(readFileSync(path, 'utf8')) as [Kustomization | undefined]
  if (kustomization === undefined) throw new Error(`${path} is empty`)
  const unknown = Object.keys(kustomization).filter((key) => !KNOWN.has(key))
  if (unknown.length > 0) throw new Error(`${path}: ${unknown.join(', ')} is not rendered here; kubectl kustomize does`)
  return kustomization
}

function resourcesAt(path: string): KubernetesObject[] {
  return statSync(path).isDirectory() ? render(path) : (documentsIn(readFileSync(path, 'utf8')) as KubernetesObject[])
}

/** A JSON patch, or that the object is to go. */
function operationsOf({ path, patch }: Patch, directory: string): Operation[] | 'delete' {
  const text = path === undefined ? (patch ?? '') : readFileSync(join(directory, path), 'utf8')
  const operations = documentsIn(text)[0]
  if (Array.isArray(operations)) return operations
  if ((operations as { $patch?: unknown } | undefined)?.$patch === 'delete') return 'delete'
  throw new Error(`a patch in ${directory} is no list: only JSON patches and $patch: delete are rendered here`)
}

function apply(patch: Patch, directory: string, objects: readonly KubernetesObject[]): KubernetesObject[] {
  const { kind, name } = patch.target
  const targets = objects.filter(
    (object) => object.kind === kind && (name ?? object.metadata.name) === object.metadata.name,
  )
  if (targets.length === 0) throw new Error(`a patch in ${directory} finds no ${kind} ${name ?? ''}`)
  const operations = operationsOf(patch, directory)
  if (operations === 'delete') return objects.filter((object) => !targets.includes(object))
  for (const target of targets) {
    const failed = applyPatch(target, structuredClone(operations)).find((error) => error !== null)
    if (failed)
      throw new Error(`a patch in ${directory} does not fit ${kind} ${target.metadata.name}: ${failed.message}`)
  }
  return [...objects]
}

/** A component takes what there is, adds to it and patches it. */
function build(directory: string, before: readonly KubernetesObject[]): KubernetesObject[] {
  const { resources = [], components = [], patches = [] } = kustomizationIn(directory)
  const own = [...before, ...resources.flatMap((path) => resourcesAt(join(directory, path)))]
  const objects = components.reduce((all, path) => build(join(directory, path), all), own)
  return patches.reduce((all, patch) => apply(patch, directory, all), objects)
}

/**
 * The objects of a kustomization, by the part of kustomize that the released manifests use: resources, components,
 * JSON patches and patches that delete. test/e2e holds it against `kubectl kustomize`.
 * @throws Error on anything else, and on a patch that finds nothing or does not fit.
 */
export function render(directory: string): KubernetesObject[] {
  return build(directory, [])
}
