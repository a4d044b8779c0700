import { describe, expect, it } from 'vitest'
import { parseLiveWish } from '../../bench/live/arguments.ts'

describe('the arguments of bench:cluster', () => {
  it('have defaults, and can be given', () => {
    const defaults = {
      nodes: 100,
      podsPerNode: 10,
      seconds: 60,
      resolutionSeconds: 15,
      source: 'auto',
      slowKubelets: false,
      keptValues: false,
      storage: false,
      cost: false,
      profile: undefined,
      server: undefined,
    }
    expect(parseLiveWish([])).toEqual(defaults)
    const given = [
      '--nodes=3',
      '--pods=4',
      '--seconds=5',
      '--resolution=10',
      '--source=resource',
      '--slow-kubelets',
      '--kept-values',
      '--storage',
      '--cost',
      '--profile=dir',
    ]
    const expected = {
      nodes: 3,
      podsPerNode: 4,
      seconds: 5,
      resolutionSeconds: 10,
      source: 'resource',
      slowKubelets: true,
      keptValues: true,
      storage: true,
      cost: true,
      profile: 'dir',
      server: undefined,
    }
    expect(parseLiveWish(given)).toEqual(expected)
  })

  it('take the command of another server', () => {
    expect(parseLiveWish(['--server', 'systemd-run  --scope /bin/metrics-server']).server).toEqual([
      'systemd-run',
      '--scope',
      '/bin/metrics-server',
    ])
  })

  it.each([
    '--nodes=0',
    '--nodes=many',
    '--seconds=1.5',
    '--source=guess',
    '--speed=9',
    '--server= ',
  ])('refuse %s', (argument) => {
    expect(() => parseLiveWish([argument])).toThrow()
  })

  it('refuse a profile of another server, which would know nothing of that flag', () => {
    expect(() => parseLiveWish(['--server=/bin/metrics-server', '--profile=dir'])).toThrow('--profile')
  })
})
