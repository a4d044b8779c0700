/** The first lines of a page in plain text, as all of Kubernetes' z-pages have them (apiserver, pkg/server/statusz/statusz.go). */
export const textHead = (page: string): string[] => [
  '',
  `metrics-server ${page}`,
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.',
  '',
]
