import type { ContainerSample, PodSample } from '../model/sample.ts'
import { packSamples, type SampleRows } from '../model/sample-rows.ts'
import type { JsonCursor } from './json-cursor.ts'
import { entersArray, firstField, moreOfArray, nextField, readText } from './json-items.ts'
import { NamedList } from './named-list.ts'
import { createNameTable } from './name-table.ts'
import { RESOURCE_FIELDS, ResourceReader } from './summary-resource.ts'
import type { TextMemory } from './text-memory.ts'

const POD = createNameTable(['podRef', 'containers'])
const POD_REF = createNameTable(['name', 'namespace', 'uid'])
const CONTAINER = createNameTable(['name', ...RESOURCE_FIELDS])

const NONE = packSamples([])

/** Reads a pod of a Summary where the cursor is. A value of another kind than is expected is moved over. */
export class PodReader {
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

  /** `undefined` when it cannot be told which pod it is or which containers it has. */
  read(): PodSample | undefined {
    const cursor = this.#cursor
    let containers: SampleRows | undefined = NONE
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
  #containers(): SampleRows | undefined {
    const cursor = this.#cursor
    const list = new NamedList<ContainerSample>()
    let allNamed = true
    if (entersArray(cursor)) {
      do {
        if (!this.#container(list)) allNamed = false
      } while (moreOfArray(cursor))
    }
    return allNamed ? packSamples(list.items) : undefined
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
    list.put({ name, ...this.#resource.resource() })
    return true
  }

  #text(): string | undefined {
    return readText(this.#cursor, this.#texts)
  }
}
