import { afterEach, beforeEach } from 'vitest'
import type { ApiserverCredentials } from '../../../src/cluster/credentials/apiserver-credentials.ts'
import { loadApiserverCredentials } from '../../../src/cluster/credentials/load.ts'
import type { RunningFollower } from '../../../src/files/follower.ts'
import { followerOf } from '../../support/follower.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import {
  createRecordingFaults,
  createRecordingLog,
  type RecordingFaults,
  type RecordingLog,
} from '../../support/recording-log.ts'

export const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig of one context that counts; `cluster` and `user` are inner YAML in flow style. */
export const kubeconfigOf = (cluster: string, user = '{}'): string => `apiVersion: v1
kind: Config
current-context: x
contexts: [{name: other, context: {cluster: no, user: no}}, {name: x, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
`

export interface AccessMaker {
  clock: ManualClock
  faults: RecordingFaults
  log: RecordingLog
  follower: RunningFollower
  open(kubeconfig: string): Promise<ApiserverCredentials>
}

/** Opens kubeconfigs with a follower that runs, new for each test of the file. */
export function createAccessMaker(): AccessMaker {
  const at = {
    open: (kubeconfig) => loadApiserverCredentials({ ...at, kubeconfig, env: process.env }),
  } as AccessMaker
  beforeEach(() => {
    at.clock = createManualClock({ wallMs: Date.now() })
    at.faults = createRecordingFaults()
    at.log = createRecordingLog()
    at.follower = followerOf(at.clock, at.faults, at.log)
    at.follower.start()
  })
  afterEach(() => at.follower.stop())
  return at
}
