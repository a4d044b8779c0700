/** A path of `--authorization-always-allow-paths` that means nothing. */
export class AllowedPathError extends Error {
  override readonly name = 'AllowedPathError'
}

const withoutSlash = (path: string): string => (path.startsWith('/') ? path.slice(1) : path)

/**
 * Whether a path may be asked by anybody (apiserver, pkg/authorization/path): a leading slash is optional, a trailing
 * `*` stands for anything that follows.
 * @throws AllowedPathError for a `*` elsewhere.
 */
export function createAlwaysAllowedPaths(paths: readonly string[]): (path: string) => boolean {
  const exact = new Set<string>()
  const prefixes: string[] = []
  for (const path of paths.map(withoutSlash)) {
    if (path.slice(0, -1).includes('*')) {
      throw new AllowedPathError(`--authorization-always-allow-paths: only a trailing * is allowed in "${path}"`)
    }
    if (path.endsWith('*')) prefixes.push(path.slice(0, -1))
    else exact.add(path)
  }
  return (asked) => {
    const path = withoutSlash(asked)
    return exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix))
  }
}
