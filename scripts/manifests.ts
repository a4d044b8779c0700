import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { dump } from 'js-yaml'
import { type KubernetesObject, render } from './kustomize.ts'

/** Rendered files, by the names under which the Go server's releases have them, and what each is made of. */
const RELEASES: ReadonlyMap<string, string> = new Map([
  ['components.yaml', 'manifests/base'],
  ['high-availability.yaml', 'manifests/overlays/high-availability'],
])

/** As kustomize orders them: what others refer to comes first, and what sends requests to the server last. */
const ORDER = [
  ...['ServiceAccount', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'],
  ...['Service', 'Deployment', 'PodDisruptionBudget', 'APIService'],
]

function rank({ kind }: KubernetesObject): number {
  const at = ORDER.indexOf(kind)
  if (at < 0) throw new Error(`no place among the manifests is known for a ${kind}`)
  return at
}

const byPlace = (a: KubernetesObject, b: KubernetesObject) =>
  rank(a) - rank(b) || (a.metadata.name < b.metadata.name ? -1 : 1)

/**
 * A kustomization as one text, with a heading and then byte by byte what `kubectl kustomize` writes: keys sorted, lists not indented.
 * The Go server's releases have that form, and commands of tutorials count on it (`sed '/- args:/a …'`). `image` takes the place of
 * the server's.
 */
export function manifestText(directory: string, image?: string): string {
  const form = { lineWidth: -1, noRefs: true, sortKeys: true, seqNoIndent: true, quoteStyle: 'double' } as const
  const documents = render(directory)
    .toSorted(byPlace)
    .map((object) => dump(object, form))
  const head = [
    `# From ${directory} by \`npm run manifests\`: do not edit.`,
    ...(image === undefined
      ? ['# The image is in no registry until you push it to yours: see manifests/README.md.']
      : []),
  ]
  const text = `${head.join('\n')}\n${documents.join('---\n')}`
  return image === undefined ? text : text.replaceAll(/^( +image: )metrics-server-ts:.*$/gm, (_, key) => key + image)
}

const current = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

// node scripts/manifests.ts [--check] [--image IMAGE] [--out DIRECTORY]: writes them, or reports which are stale.
if (import.meta.main) {
  const { check, image, out } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      image: { type: 'string' },
      out: { type: 'string', default: 'manifests/release' },
    },
  }).values
  for (const [file, directory] of RELEASES) {
    const path = join(out, basename(file))
    const text = manifestText(directory, image)
    if (current(path) === text) continue
    if (check) {
      console.error(`${path} is stale: npm run manifests`)
      process.exitCode = 1
    } else {
      mkdirSync(out, { recursive: true })
      writeFileSync(path, text)
      console.log(`${path} written`)
    }
  }
}
