import { identityOf, type Manifest } from './manifests.ts'

/** Who publishes the schemas of a group of the API, made from the OpenAPI documents of those who define it. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['cert-manager.io', '@kubernetes-models/cert-manager'],
  ['monitoring.coreos.com', '@kubernetes-models/prometheus-operator'],
])

/** A class of these packages. Its method reads `this` and throws an error with `errors`, which are ajv's. */
interface Model {
  readonly prototype: { validate(): void }
}

async function modelOf({ apiVersion, kind }: Manifest): Promise<Model | undefined> {
  const [group = ''] = apiVersion.split('/')
  const models = await import(`${PACKAGES.get(group) ?? 'kubernetes-models'}/${apiVersion}`)
  return models[kind]
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/**
 * A view of `value` that tells which of its fields are read. As the API itself, the schemas do not forbid what they do
 * not know; but a validator reads every field that its schema knows, and all of them where any name will do.
 */
function watched<T>(value: T, read: (path: string) => void, path = ''): T {
  if (!isContainer(value)) return value
  return new Proxy(value, {
    get(target, key) {
      const found = Reflect.get(target, key)
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) return found
      read(`${path}/${key}`)
      return watched(found, read, `${path}/${key}`)
    },
  })
}

function pathsOf(value: unknown, path = ''): string[] {
  if (!isContainer(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => [`${path}/${key}`, ...pathsOf(inner, `${path}/${key}`)])
}

function mismatches(model: Model, manifest: Manifest): string[] {
  try {
    model.prototype.validate.call(manifest)
    return []
  } catch (error) {
    if (!(error instanceof Error && 'errors' in error && Array.isArray(error.errors))) throw error
    return error.errors.map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
}

/**
 * What `kubectl apply --validate=strict` would refuse: fields that are unknown, missing, or of another type or value than
 * the schema says, each with its path; and a kind that there is not.
 * @throws Error when no schemas of its group and version are installed.
 */
export async function schemaProblems(manifest: Manifest): Promise<string[]> {
  const model = await modelOf(manifest)
  if (model === undefined) return [`no schema is known of ${identityOf(manifest)}`]
  const known = new Set<string>()
  const wrong = mismatches(
    model,
    watched(manifest, (path) => known.add(path)),
  )
  const unread = pathsOf(manifest).filter((path) => !known.has(path))
  // Beneath an unknown field nothing is read: the field itself says it all.
  const unknown = unread.filter((path) => !unread.includes(path.slice(0, path.lastIndexOf('/'))))
  return [...wrong, ...unknown.map((path) => `${path} is no such field`)]
}
