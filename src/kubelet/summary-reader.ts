import type { ContainerSample, PodSample, ResourceSample } from '../model/sample.ts'
import { type JsonCursor, OPEN_ARRAY, OPEN_OBJECT, peek } from './json-cursor.ts'
import { entersArray, firstField, moreOfArray, nextField, readText } from './json-items.ts'
import { NamedList } from './named-list.ts'
import { createNameTable } from './name-table.ts'
import { createPodList } from './pod-list.ts'
import { RESOURCE_FIELDS, ResourceReader } from './summary-resource.ts'
import type { TextMemory } from './text-memory.ts'

const NODE = createNameTable(['nodeName', ...RESOURCE_FIELDS])
const POD = createNameTable(['podRef', 'containers'])
const POD_REF = createNameTable(['name', 'namespace', 'uid'])
const CONTAINER = createNameTable(['name', ...RESOURCE_FIELDS])

/** What a Summary says of the node itself. */
export interface NodePart {
  readonly nodeName: string | undefined
  readonly node: ResourceSample
}

/** Reads the parts of a Summary where the cursor is. A value of another kind than is expected is moved over. */
export class SummaryReader {
  readonly #cursor: JsonCursor
  readonly #texts: TextMemory
  readonly #resource: ResourceReader
  #namespace: string | undefined
  #name: string | undefined
  #uid: string | undefined

  constructor(cursor: JsonCursor, texts: TextMemory) {
    this.#cursor = cursor
    this.#texts = texts
    this.#resource = new ResourceReader(cursor)
  }

  /** `undefined` when the value is no object. */
  node(): NodePart | undefined {
    const cursor = this.#cursor
    const isObject = peek(cursor) === OPEN_OBJECT
    let nodeName: string | undefined
    this.#resource.reset()
    for (let key = firstField(cursor, NODE); key !== undefined; key = nextField(cursor, NODE)) {
      if (key === 'nodeName') nodeName = this.#text()
      else this.#resource.field(key)
    }
    return isObject ? { nodeName, node: this.#resource.resource() } : undefined
  }

  /** `undefined` when the value is no array. */
  pods(): readonly PodSample[] | undefined {
    const cursor = this.#cursor
    const isArray = peek(cursor) === OPEN_ARRAY
    const list = createPodList()
    if (entersArray(cursor)) {
      do {
        const pod = this.#pod()
        if (pod !== undefined) list.put(pod)
      } while (moreOfArray(cursor))
    }
    return isArray ? list.pods : undefined
  }

  /** `undefined` when it cannot be told which pod it is or which containers it has. */
  #pod(): PodSample | undefined {
    const cursor = this.#cursor
    let containers: readonly ContainerSample[] | undefined = []
    this.#namespace = this.#name = this.#uid = undefined
    for (let key = firstField(cursor, POD); key !== undefined; key = nextField(cursor, POD)) {
      if (key === 'containers') containers = this.#containers()
      else this.#podRef()
    }
    const [namespace, name, uid] = [this.#namespace, this.#name, this.#uid]
    return namespace && name && containers ? { namespace, name, uid, containers } : undefined
  }

  #podRef(): void {
    const cursor = this.#cursor
    this.#namespace = this.#name = this.#uid = undefined
    for (let key = firstField(cursor, POD_REF); key !== undefined; key = nextField(cursor, POD_REF)) {
      if (key === 'name') this.#name = this.#text()
      else if (key === 'namespace') this.#namespace = this.#text()
      else this.#uid = this.#text()
    }
  }

  /** `undefined` when one of them has no name: then nobody can say what the pod uses. */
  #containers(): readonly ContainerSample[] | undefined {
    const cursor = this.#cursor
    const list = new NamedList<ContainerSample>()
    let allNamed = true
    if (entersArray(cursor)) {
      do {
        if (!this.#container(list)) allNamed = false
      } while (moreOfArray(cursor))
    }
    return allNamed ? list.items : undefined
  }

  #container(list: NamedList<ContainerSample>): boolean {
    const cursor = this.#cursor
    let name: string | undefined
    this.#resource.reset()
    for (let key = firstField(cursor, CONTAINER); key !== undefined; key = nextField(cursor, CONTAINER)) {
      if (key === 'name') name = this.#text()
      else this.#resource.field(key)
    }
    if (!name) return false
    list.put(this.#resource.container(name))
    return true
  }

  #text(): string | undefined {
    return readText(this.#cursor, this.#texts)
  }
}
