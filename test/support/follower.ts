import type { FaultLog } from '../../src/model/log.ts'
import { createFollower, type RunningFollower } from '../../src/files/follower.ts'
import type { ManualClock } from './manual-clock.ts'
import { createRecordingFaults, createRecordingLog } from './recording-log.ts'

/** The real follower, on a clock that is turned by hand. */
export const followerOf = (
  clock: ManualClock,
  faults: FaultLog = createRecordingFaults(),
  log = createRecordingLog(),
): RunningFollower => createFollower({ clock, faults, log })
