/** What tells one pod from another in an answer. */
interface Named {
  readonly namespace: string
  readonly name: string
}

/** Pods in which, of those under one namespace and name, the last stands in the place of the first. */
export class PodList<T extends Named> {
  readonly pods: T[] = []
  // By name first: few names are in several namespaces, and no text has to be made of two.
  readonly #places = new Map<string, number | Map<string, number>>()

  get(namespace: string, name: string): T | undefined {
    const place = this.#placeOf(namespace, name)
    return place === undefined ? undefined : this.pods[place]
  }

  put(pod: T): void {
    const place = this.#placeOf(pod.namespace, pod.name)
    if (place !== undefined) {
      this.pods[place] = pod
      return
    }
    this.#keep(pod, this.pods.length)
    this.pods.push(pod)
  }

  #placeOf(namespace: string, name: string): number | undefined {
    const found = this.#places.get(name)
    if (typeof found !== 'number') return found?.get(namespace)
    return this.pods[found]?.namespace === namespace ? found : undefined
  }

  #keep({ namespace, name }: T, place: number): void {
    const others = this.#places.get(name)
    if (others === undefined) this.#places.set(name, place)
    else if (typeof others !== 'number') others.set(namespace, place)
    else {
      const other = this.pods[others] as T
      this.#places.set(
        name,
        new Map([
          [other.namespace, others],
          [namespace, place],
        ]),
      )
    }
  }
}
