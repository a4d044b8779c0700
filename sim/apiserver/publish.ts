import type { World, WorldChange } from '../world/world.ts'
import { namespaceObject, nodeObject, podObject } from './objects.ts'
import { keyOf, type Registry } from './registry.ts'

/** Puts all of the world into the registry, and every change from now on. Gives what ends that. */
export function publishWorld(world: World, registry: Registry): () => void {
  const createdMs = world.nowMs()
  const publish = (change: WorldChange): void => {
    switch (change.kind) {
      case 'node':
        registry.put('nodes', nodeObject(change.node))
        break
      case 'node-gone':
        registry.delete('nodes', keyOf(change.node))
        break
      case 'pod':
        registry.put('pods', podObject(change.pod, world.nowMs()))
        break
      case 'pod-gone':
        registry.delete('pods', keyOf(change.pod))
        break
      case 'namespace':
        registry.put('namespaces', namespaceObject(change.namespace, createdMs))
        break
    }
  }
  for (const namespace of world.namespaces) publish({ kind: 'namespace', namespace })
  for (const node of world.nodes.values()) publish({ kind: 'node', node })
  for (const pod of world.pods) publish({ kind: 'pod', pod })
  return world.onChange(publish)
}
