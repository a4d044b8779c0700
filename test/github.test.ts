import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const manifest = JSON.parse(read('package.json'))

interface Workflow {
  readonly on: object
  readonly permissions: object
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly run?: string; readonly uses?: string }[] }>
  >
}
const workflows = readdirSync(new URL('../.github/workflows', import.meta.url))
const workflow = (file: string) => load(read(`.github/workflows/${file}`)) as Workflow
const commandsOf = (file: string) =>
  Object.values(workflow(file).jobs).flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run.split('\n')))

describe.each(workflows)('the workflow %s', (file) => {
  it('runs only scripts that there are', () => {
    const scripts = commandsOf(file).flatMap((line) => /npm run (\S+)/.exec(line)?.[1] ?? [])
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([])
    expect(commandsOf(file)).toContain('.ci/run')
    expect(existsSync(new URL('../.ci/run', import.meta.url))).toBe(true)
  })

  it('may read the repository, and what writes says so', () => {
    expect(workflow(file).permissions).toEqual({ contents: 'read' })
  })
})

describe('a release', () => {
  const text = commandsOf('release.yml').join('\n')

  it('has the image for both platforms, with the arguments that the Dockerfile has', () => {
    expect(text).toContain('--platform linux/amd64,linux/arm64')
    const given = [...text.matchAll(/--build-arg (\w+)=/g)].map(([, name]) => name)
    const known = [...read('Dockerfile').matchAll(/^ARG (\w+)/gm)].map(([, name]) => name)
    expect(given.filter((name) => !known.includes(name))).toEqual([])
  })

  it('puts the image into the values of the chart', () => {
    const [, pattern = 'none'] = /s\|(repository: [^|]*)\|/.exec(text) ?? []
    expect(read('charts/metrics-server/values.yaml').match(new RegExp(pattern, 'gm'))).toHaveLength(1)
  })
})

describe('who opens an issue', () => {
  it('is asked for what the doctor says, in the form that a program can read', () => {
    expect(read('.github/ISSUE_TEMPLATE/bug.yml')).toContain('metrics-server doctor -o json')
  })
})

describe('what editors and version managers read', () => {
  it('names the Node.js that the scripts and the image use', () => {
    expect(read('.nvmrc').trim()).toBe(/\d+/.exec(manifest.devDependencies.node)?.[0])
  })

  it('names one repository, which one commit can fill in', () => {
    const place = manifest.homepage.replace(/#.*/, '')
    for (const path of ['charts/metrics-server/Chart.yaml', 'Dockerfile', '.github/ISSUE_TEMPLATE/config.yml'])
      expect(read(path)).toContain(place)
    expect([manifest.repository.url, manifest.bugs]).toEqual([`git+${place}.git`, `${place}/issues`])
  })
})
