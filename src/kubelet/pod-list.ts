import type { PodSample } from '../model/sample.ts'

/** Pods in which, of those under one namespace and name, the last stands in the place of the first. */
export interface PodList<T extends PodSample> {
  put(pod: T): void
  get(namespace: string, name: string): T | undefined
  readonly pods: readonly T[]
}

export function createPodList<T extends PodSample = PodSample>(): PodList<T> {
  const pods: T[] = []
  // Two levels instead of a joined key: no string is made for each pod, and no name can pass for two.
  const places = new Map<string, Map<string, number>>()
  const placesOf = (namespace: string): Map<string, number> => {
    let names = places.get(namespace)
    if (names === undefined) {
      names = new Map()
      places.set(namespace, names)
    }
    return names
  }
  return {
    pods,
    put(pod) {
      const names = placesOf(pod.namespace)
      const place = names.get(pod.name)
      if (place !== undefined) pods[place] = pod
      else {
        names.set(pod.name, pods.length)
        pods.push(pod)
      }
    },
    get(namespace, name) {
      const place = places.get(namespace)?.get(name)
      return place === undefined ? undefined : pods[place]
    },
  }
}
