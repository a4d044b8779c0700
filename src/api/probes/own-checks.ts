import type { HealthCheck } from '../options.ts'

const EVERYWHERE = ['healthz', 'livez', 'readyz'] as const

/** Adds what the HTTP side knows by itself: that it answers, and whether it is about to stop. */
export const withOwnChecks = (checks: readonly HealthCheck[], isShuttingDown: () => boolean): HealthCheck[] => [
  { name: 'ping', endpoints: EVERYWHERE, check: () => undefined },
  ...checks,
  {
    name: 'shutdown',
    endpoints: ['readyz'],
    check: () => (isShuttingDown() ? 'process is shutting down' : undefined),
  },
]
