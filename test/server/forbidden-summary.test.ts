import { expect, it } from 'vitest'
import { warnOfForbiddenSummary } from '../../src/server/kubelet-access.ts'
import { createFaultLog } from '../../src/telemetry/logging/fault-log.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRecordingLog } from '../support/recording-log.ts'

it('nodes whose kubelets refuse the Summary are warned of in one line, with their number and the command that grants it', async () => {
  const [clock, logger] = [createManualClock(), createRecordingLog()]
  const warn = warnOfForbiddenSummary(createFaultLog({ clock, logger }))
  for (const nodes of [12, 11, 12]) warn(nodes)
  expect(logger.lines).toMatchObject([
    {
      message: expect.stringContaining('nodes/stats'),
      fields: { nodes: 12, fix: expect.stringMatching(/^kubectl patch clusterrole/) },
    },
  ])
  warn(0)
  expect(logger.lines).toHaveLength(2)
})
