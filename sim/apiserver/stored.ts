import type { ServerResponse } from 'node:http'
import type { Clock } from '../../src/model/clock.ts'
import type { World } from '../world/world.ts'
import { ApiError, notFound, unknownPath } from './api-error.ts'
import { listPage } from './list.ts'
import { presentationFor } from './presentation.ts'
import type { Registry } from './registry.ts'
import type { RequestInfo } from './request.ts'
import { RESOURCES } from './resources.ts'
import { sendJson } from './send.ts'
import { Watch } from './watch.ts'

interface Keeper {
  readonly registry: Registry
  readonly clock: Clock
  readonly world: World
  /** The watches that are open. */
  readonly watches: Set<Watch>
}

/** Answers get, list and watch of what the registry keeps. */
export function answerResource(info: RequestInfo, accept: string, response: ServerResponse, keeper: Keeper): void {
  const resource = RESOURCES.find((r) => r.name === info.resource && r.group === info.group)
  if (resource === undefined || info.subresource !== '') throw unknownPath()
  const { registry, clock, world, watches } = keeper
  const presentation = presentationFor(accept, resource, world.nowMs())
  if (info.verb === 'watch') {
    const watch = new Watch({ info, resource, registry, presentation, clock, response })
    watches.add(watch)
    watch.onEnd = () => void watches.delete(watch)
    watch.start()
  } else if (info.verb === 'list') {
    sendJson(response, 200, listPage(info, registry, presentation), presentation.contentType)
  } else if (info.verb === 'get') {
    const object = registry.get(info.resource, `${resource.namespaced ? info.namespace : ''}/${info.name}`)
    if (object === undefined) throw notFound(info.resource, info.name)
    sendJson(response, 200, presentation.one(object), presentation.contentType)
  } else {
    const message = 'the server does not allow this method on the requested resource'
    throw new ApiError(405, 'MethodNotAllowed', message)
  }
}
