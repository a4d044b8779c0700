/** JSON of an object of the API. */
export type Json = null | boolean | number | string | Json[] | JsonMap
export interface JsonMap {
  [key: string]: Json
}

const isMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const equal = (a: Json | undefined, b: Json | undefined) => JSON.stringify(a) === JSON.stringify(b)

/** Lists whose items are known by one of their fields, by the field that holds the list. All others are replaced whole. */
const MERGE_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['containers', ['name']],
  ['volumes', ['name']],
  ['volumeMounts', ['mountPath']],
  ['env', ['name']],
  // Of a container, of a Service.
  ['ports', ['containerPort', 'port']],
])
/** Maps that server-side apply takes as one value. */
const ATOMIC = new Set(['selector', 'nodeSelector', 'matchLabels'])

function keyOf(field: string, items: Json): string | undefined {
  if (!Array.isArray(items) || !items.every(isMap)) return undefined
  return MERGE_KEYS.get(field)?.find((key) => items.some((item) => key in item))
}

/** RFC 7396. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch
  const result: JsonMap = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

function mergeLists(target: Json[], patch: JsonMap[], key: string): Json[] {
  const result = [...target]
  for (const item of patch) {
    const at = result.findIndex((other) => isMap(other) && equal(other[key], item[key]))
    if (item.$patch === 'delete') result.splice(at, at < 0 ? 0 : 1)
    else if (at < 0) result.push(strategicPatch({}, item))
    else result[at] = strategicPatch(result[at], item)
  }
  return result
}

/** The strategic merge patch of kubectl and helm, as far as manifests of this project need it. */
export function strategicPatch(target: Json | undefined, patch: Json, field = ''): Json {
  const key = keyOf(field, patch)
  if (key !== undefined && Array.isArray(target)) return mergeLists(target, patch as JsonMap[], key)
  if (!isMap(patch)) return patch
  const { $patch, $retainKeys, ...rest } = patch
  const result: JsonMap = isMap(target) && $patch !== 'replace' ? { ...target } : {}
  if (Array.isArray($retainKeys)) {
    for (const name of Object.keys(result)) if (!$retainKeys.includes(name)) delete result[name]
  }
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith('$')) continue
    if (value === null) delete result[name]
    else result[name] = strategicPatch(result[name], value, name)
  }
  return result
}

/** The values of an object that a manager can own, by their paths: `spec|containers|[name="a"]|image`. */
function leavesOf(value: Json, field = '', path: readonly string[] = []): [string, Json][] {
  const key = keyOf(field, value)
  if (key !== undefined) {
    return (value as JsonMap[]).flatMap(({ [key]: known = null, ...item }) =>
      leavesOf(item, '', [...path, `[${key}=${JSON.stringify(known)}]`]),
    )
  }
  if (!isMap(value) || ATOMIC.has(field) || Object.keys(value).length === 0) return [[path.join('|'), value]]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, name, [...path, name]))
}

/** The fields that make an object what it is, and those of the server, belong to nobody. */
const unowned = (path: string) =>
  /^(apiVersion|kind|status\|.*|metadata\|(name|namespace|uid|generation|resourceVersion|creationTimestamp|managedFields.*))$/.test(
    path,
  ) || path.startsWith('metadata|annotations|kubectl.kubernetes.io')

const removed = (value: Json | undefined, path: readonly string[]): Json | undefined => {
  const [first = '', ...rest] = path
  if (Array.isArray(value)) {
    const [, key = '', wanted = ''] = /^\[(\w+)=(.*)\]$/.exec(first) ?? []
    return value.flatMap((item) => {
      if (!isMap(item) || JSON.stringify(item[key]) !== wanted) return [item]
      const left = removed(item, rest)
      // What has only the key left is nobody's.
      return isMap(left) && Object.keys(left).length > 1 ? [left] : []
    })
  }
  if (!isMap(value)) return value
  const { [first]: inner, ...others } = value
  const left = rest.length === 0 ? undefined : removed(inner, rest)
  const empty = left === undefined || (isMap(left) && Object.keys(left).length === 0)
  return empty ? others : { ...others, [first]: left }
}

/** Who owns which value of one object. */
export class FieldOwners {
  readonly #paths = new Map<string, Map<string, Json>>()

  /** After a write that is no apply: what it changed is its own from now on. */
  updated(manager: string, before: Json, after: Json): void {
    const old = new Map(leavesOf(before))
    const now = new Map(leavesOf(after))
    const own = this.#of(manager)
    for (const [path, value] of now) {
      if (unowned(path) || equal(old.get(path), value)) continue
      for (const paths of this.#paths.values()) paths.delete(path)
      own.set(path, value)
    }
    for (const paths of this.#paths.values()) for (const path of paths.keys()) if (!now.has(path)) paths.delete(path)
  }

  /**
   * Server-side apply.
   * @throws Error that names the conflicts, unless they are forced.
   */
  applied(manager: string, before: Json, config: Json, force: boolean): Json {
    const wanted = new Map(leavesOf(config).filter(([path]) => !unowned(path)))
    const others = [...this.#paths].filter(([name]) => name !== manager)
    const conflicts = [...wanted].flatMap(([path, value]) =>
      others
        .filter(([, paths]) => paths.has(path) && !equal(paths.get(path), value))
        .map(([name, paths]) => ({ name, paths, path })),
    )
    if (conflicts.length > 0 && !force) {
      const named = conflicts.map(({ name, path }) => `conflict with "${name}": .${path.replaceAll('|', '.')}`)
      throw new Error(`Apply failed with ${conflicts.length} conflict: ${named.join(', ')}`)
    }
    for (const { paths, path } of conflicts) paths.delete(path)
    const given = [...this.#of(manager).keys()].filter(
      (path) => !wanted.has(path) && !others.some(([, paths]) => paths.has(path)),
    )
    const left = given.reduce<Json | undefined>((value, path) => removed(value, path.split('|')), before)
    this.#paths.set(manager, wanted)
    return replaceAtomic(strategicPatch(left, config), config)
  }

  #of(manager: string): Map<string, Json> {
    const paths = this.#paths.get(manager) ?? new Map<string, Json>()
    this.#paths.set(manager, paths)
    return paths
  }
}

/** Gives the atomic maps of an applied configuration as they were given. */
function replaceAtomic(value: Json | undefined, config: Json | undefined): Json {
  if (!isMap(value) || !isMap(config)) return value ?? null
  const entries = Object.entries(value).map(([name, inner]): [string, Json] => {
    const given = config[name]
    return [name, given !== undefined && ATOMIC.has(name) ? given : replaceAtomic(inner, given)]
  })
  return Object.fromEntries(entries)
}
