import type { VersionInfo } from '../api/options.ts'

const GO_ARCHITECTURES = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
])

/** What /version says, from the package's version ("1.2.3") and the runtime. */
export function versionInfo(version: string): VersionInfo {
  const [major = '', minor = ''] = version.split('.')
  return {
    major,
    minor,
    gitVersion: `v${version}`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node ${process.version}`,
    compiler: 'v8',
    platform: `${process.platform}/${GO_ARCHITECTURES.get(process.arch) ?? process.arch}`,
  }
}
