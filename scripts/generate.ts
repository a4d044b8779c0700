import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { dependenciesDocument } from './dependencies-document.ts'
import { flagsDocument } from './flags-document.ts'
import { metricsDocument } from './metrics-document.ts'
import { dashboard } from './monitoring/dashboard.ts'
import { prometheusRule } from './monitoring/prometheus-rule.ts'

// Writes what is generated from the code; with --check it only compares, names what is stale, and exits 1.
const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
const root = new URL('../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const documents = new Map([
  ['docs/flags.md', flagsDocument()],
  ['docs/metrics.md', metricsDocument()],
  ['docs/dependencies.md', await dependenciesDocument()],
  ['manifests/monitoring/dashboard.json', dashboard()],
  ['manifests/monitoring/prometheusrule.yaml', prometheusRule(read('manifests/monitoring/rules.yaml'))],
])

function current(path: string): string | undefined {
  try {
    return read(path)
  } catch {
    return undefined
  }
}

const stale = [...documents].filter(([path, text]) => current(path) !== text)
for (const [path, text] of stale) {
  if (check) {
    console.error(`${path} is stale: npm run generate`)
    process.exitCode = 1
  } else {
    mkdirSync(new URL('docs/', root), { recursive: true })
    writeFileSync(new URL(path, root), text)
    console.log(`${path} written`)
  }
}
