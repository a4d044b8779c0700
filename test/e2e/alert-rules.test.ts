import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const promtool = process.env.PROMTOOL ?? ''
const cwd = fileURLToPath(new URL('../../manifests/monitoring/', import.meta.url))
const run = (...args: string[]) => spawnSync(promtool, args, { cwd, encoding: 'utf8' })

describe.skipIf(promtool === '')('promtool, on the alert rules', () => {
  it('finds them in order', () => {
    const { status, stdout, stderr } = run('check', 'rules', '--lint-fatal', 'rules.yaml')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/)
    expect(status).toBe(0)
  })

  it('sees each fire when it should, and none when all is well', () => {
    const { status, stdout, stderr } = run('test', 'rules', 'rules.test.yaml')
    expect(`${stdout}${stderr}`).toContain('SUCCESS')
    expect(status).toBe(0)
  })
})
