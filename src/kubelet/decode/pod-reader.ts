import type { JsonCursor } from './json-cursor.ts'
import { entersArray, firstField, moreOfArray, nextField, readText } from './json-items.ts'
import { MOST_CONTAINERS_OF_POD } from './limits.ts'
import { createNameTable } from './name-table.ts'
import type { PodSamples } from './pod-samples.ts'
import { RESOURCE_FIELDS, ResourceReader } from './summary-resource.ts'
import type { TextMemory } from './text-memory.ts'

const POD = createNameTable(['podRef', 'containers'])
const POD_REF = createNameTable(['name', 'namespace', 'uid'])
const CONTAINER = createNameTable(['name', ...RESOURCE_FIELDS])

/** Reads a pod of a Summary where the cursor is. A value of another kind than is expected is moved over. */
export class PodReader {
  readonly #cursor: JsonCursor
  readonly #texts: TextMemory
  readonly #resource: ResourceReader
  #namespace: string | undefined
  #name: string | undefined
  #uid: string | undefined
  #names: string[] = []
  #numbers: number[] = []

  constructor(cursor: JsonCursor, texts: TextMemory) {
    this.#cursor = cursor
    this.#texts = texts
    this.#resource = new ResourceReader(cursor)
  }

  /** What has no namespace or no name is nobody's. */
  read(into: PodSamples): void {
    const cursor = this.#cursor
    this.#namespace = this.#name = this.#uid = undefined
    this.#names = []
    this.#numbers = []
    for (let key = firstField(cursor, POD); key !== undefined; key = nextField(cursor, POD)) {
      if (key === 'containers') this.#containers()
      else this.#podRef()
    }
    const [namespace, name, names, numbers] = [this.#namespace, this.#name, this.#names, this.#numbers]
    if (namespace && name) into.add(namespace, name, this.#uid || undefined, { names, numbers })
  }

  #podRef(): void {
    const cursor = this.#cursor
    this.#namespace = this.#name = this.#uid = undefined
    for (let key = firstField(cursor, POD_REF); key !== undefined; key = nextField(cursor, POD_REF)) {
      const text = readText(cursor, this.#texts)
      if (key === 'name') this.#name = text
      else if (key === 'namespace') this.#namespace = text
      else this.#uid = text
    }
  }

  #containers(): void {
    const cursor = this.#cursor
    this.#names = []
    this.#numbers = []
    if (!entersArray(cursor)) return
    do this.#container()
    while (moreOfArray(cursor))
  }

  /** One more than is allowed is enough for the pod to be left out. */
  #container(): void {
    const cursor = this.#cursor
    let name: string | undefined
    this.#resource.reset()
    for (let key = firstField(cursor, CONTAINER); key !== undefined; key = nextField(cursor, CONTAINER)) {
      if (key === 'name') name = readText(cursor, this.#texts)
      else this.#resource.field(key)
    }
    if (!this.#resource.hasUsage || this.#names.length > MOST_CONTAINERS_OF_POD) return
    this.#names.push(name ?? '')
    this.#resource.addTo(this.#numbers)
  }
}
