import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Manifest, parseManifests } from '../support/manifests.ts'

/** The program to run; tests that need it are skipped where there is none. */
export const HELM = process.env.HELM
export const CHART = 'charts/metrics-server'
/** As it is installed in place of the Go server's chart. */
const RELEASE = ['metrics-server', CHART, '--namespace', 'kube-system']

export interface Outcome {
  readonly succeeded: boolean
  readonly output: string
  readonly errors: string
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'helm-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Runs helm with a home of its own, so that nothing of whoever runs it gets in. */
export function helm(args: readonly string[]): Promise<Outcome> {
  return inFolder((home) => {
    const env = { PATH: process.env.PATH, HOME: home }
    return new Promise((resolve) => {
      execFile(HELM ?? '', args, { env, maxBuffer: 2 ** 24 }, (error, output, errors) =>
        resolve({ succeeded: error === null, output, errors: errors || (error?.message ?? '') }),
      )
    })
  })
}

function withValues(values: object, run: (file: string) => Promise<Outcome>): Promise<Outcome> {
  return inFolder(async (folder) => {
    // YAML holds JSON.
    const file = join(folder, 'values.yaml')
    await writeFile(file, JSON.stringify(values))
    return run(file)
  })
}

/** `helm template` with these values. */
export const tryTemplate = (values: object, ...flags: readonly string[]): Promise<Outcome> =>
  withValues(values, (file) => helm(['template', ...RELEASE, '--values', file, ...flags]))

/**
 * What `helm template` renders.
 * @throws Error with what helm said, when it fails.
 */
export async function template(values: object, ...flags: readonly string[]): Promise<Manifest[]> {
  const { succeeded, output, errors } = await tryTemplate(values, ...flags)
  if (!succeeded) throw new Error(errors)
  return parseManifests(output)
}

/** What `helm install` says when it is done, from templates/NOTES.txt. */
export async function notes(values: object): Promise<string> {
  const { output, errors } = await withValues(values, (file) =>
    helm(['install', ...RELEASE, '--values', file, '--dry-run=client']),
  )
  if (!output.includes('NOTES:')) throw new Error(errors)
  return output.slice(output.indexOf('NOTES:'))
}
