import type { ContainerSample, NodeSample, PodSample, ResourceSample } from '../model/sample.ts'
import { DecodeError } from './decode-error.ts'
import { fail, type JsonCursor, peek } from './json-cursor.ts'
import { readArray, readObject, readText } from './json-items.ts'
import { createNamedList } from './named-list.ts'
import { createNameTable } from './name-table.ts'
import { createPodList } from './pod-list.ts'
import { createResourceReader, RESOURCE_FIELDS, type ResourceReader } from './summary-resource.ts'

const SUMMARY = createNameTable(['node', 'pods'])
const NODE = createNameTable(['nodeName', ...RESOURCE_FIELDS])
const POD = createNameTable(['podRef', 'containers'])
const POD_REF = createNameTable(['name', 'namespace', 'uid'])
const CONTAINER = createNameTable(['name', ...RESOURCE_FIELDS])

interface NodePart {
  readonly nodeName: string | undefined
  readonly node: ResourceSample
}

function createNodeReader(cursor: JsonCursor, resource: ResourceReader): () => NodePart | undefined {
  let nodeName: string | undefined
  const field = (key: string): void => {
    if (key === 'nodeName') nodeName = readText(cursor)
    else resource.field(key)
  }
  return () => {
    nodeName = undefined
    resource.reset()
    return readObject(cursor, NODE, field) ? { nodeName, node: resource.resource() } : undefined
  }
}

/** Gives the containers of a pod, `undefined` when one of them has no name: then nobody can say what the pod uses. */
function createContainersReader(
  cursor: JsonCursor,
  resource: ResourceReader,
): () => readonly ContainerSample[] | undefined {
  let list = createNamedList<ContainerSample>()
  let allNamed = true
  let name: string | undefined
  const field = (key: string): void => {
    if (key === 'name') name = readText(cursor)
    else resource.field(key)
  }
  const container = (): void => {
    name = undefined
    resource.reset()
    readObject(cursor, CONTAINER, field)
    if (name) list.put(resource.container(name))
    else allNamed = false
  }
  return () => {
    list = createNamedList()
    allNamed = true
    readArray(cursor, container)
    return allNamed ? list.items : undefined
  }
}

/** Gives a pod, `undefined` when it cannot be told which one it is or which containers it has. */
function createPodReader(cursor: JsonCursor, resource: ResourceReader): () => PodSample | undefined {
  const readContainers = createContainersReader(cursor, resource)
  let namespace: string | undefined
  let name: string | undefined
  let uid: string | undefined
  let containers: readonly ContainerSample[] | undefined
  const resetRef = (): void => {
    namespace = name = uid = undefined
  }
  const refField = (key: string): void => {
    if (key === 'name') name = readText(cursor)
    else if (key === 'namespace') namespace = readText(cursor)
    else uid = readText(cursor)
  }
  const field = (key: string): void => {
    if (key === 'containers') {
      containers = readContainers()
      return
    }
    resetRef()
    readObject(cursor, POD_REF, refField)
  }
  return () => {
    resetRef()
    containers = []
    readObject(cursor, POD, field)
    return namespace && name && containers ? { namespace, name, uid, containers } : undefined
  }
}

/**
 * Decodes an answer of `/stats/summary` (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go, `Summary`).
 *
 * A field that is missing, null, of a wrong type, negative or no whole number of 64 bit is `undefined`. A pod without
 * namespace or name, or with a container without a name, is left out. Of pods and containers that come twice the last
 * one holds.
 * @throws DecodeError for what is no JSON, or has neither a node nor pods.
 */
export function decodeSummary(body: Buffer): NodeSample {
  const cursor: JsonCursor = { bytes: body, at: 0 }
  const resource = createResourceReader(cursor)
  const readNode = createNodeReader(cursor, resource)
  const readPod = createPodReader(cursor, resource)
  let node: NodePart | undefined
  let pods: readonly PodSample[] | undefined
  const readPods = (): readonly PodSample[] | undefined => {
    const list = createPodList()
    const isArray = readArray(cursor, () => {
      const pod = readPod()
      if (pod !== undefined) list.put(pod)
    })
    return isArray ? list.pods : undefined
  }
  const isObject = readObject(cursor, SUMMARY, (key) => {
    if (key === 'node') node = readNode()
    else pods = readPods()
  })
  if (peek(cursor) !== -1) fail(cursor, 'something follows the value')
  if (!isObject) throw new DecodeError('no Summary: the answer is JSON, but no object')
  if (node === undefined && pods === undefined) throw new DecodeError('no Summary: it has neither a node nor pods')
  return { source: 'summary', nodeName: node?.nodeName, node: node?.node, pods: pods ?? [] }
}
