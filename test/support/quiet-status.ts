import type { StatusSource } from '../../src/api/options.ts'

/** What the pages show of a server that has nothing to tell, but for what a test gives. */
export const quietStatus = (told: Partial<StatusSource> = {}): StatusSource => ({
  hostName: 'metrics-server-0',
  startedAtMs: 0,
  coverage: () => ({ nodes: { known: 0, served: 0 }, pods: { known: 0, served: 0 } }),
  nodes: () => [],
  flags: () => [],
  ...told,
})
