import type { PageParts } from './answer-page.ts'
import { statuszView } from './statusz-view.ts'
import { rfc3339 } from './words.ts'

/**
 * The fields of `Statusz` of config.k8s.io but for its head, in Go's order (apiserver, pkg/server/statusz/api/v1beta1/types.go).
 * `goVersion` is the runtime's, as in /version.
 */
export function statuszDocument(parts: PageParts): object {
  const { startedAtMs, upSeconds, version, paths } = statuszView({ ...parts, status: withoutNodes(parts) })
  return {
    startTime: rfc3339(startedAtMs),
    uptimeSeconds: upSeconds,
    goVersion: parts.version.goVersion,
    binaryVersion: version,
    paths,
  }
}

const withoutNodes = ({ status }: PageParts) => ({ ...status, nodes: () => [] })
