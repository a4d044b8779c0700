import { ignored } from '../flag.ts'
import { bool, string } from '../kinds.ts'

/** kubernetes/apiserver, pkg/server/options/feature.go. */
export const features = {
  profiling: ignored('profiling', bool, true, 'Profiles under /debug/pprof; none are served.'),
  contentionProfiling: ignored('contention-profiling', bool, false, 'Block profiles.'),
  debugSocketPath: ignored('debug-socket-path', string, '', 'Unix socket for profiles; none is opened.'),
  priorityAndFairness: ignored(
    'enable-priority-and-fairness',
    bool,
    true,
    'Queues by priority; --max-requests-inflight is the bound instead.',
  ),
}
