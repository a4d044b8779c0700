import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FLAGS } from '../../src/options/flags.ts'
import { anchorsOf, type Document, documents, flagsIn, localLinks, scriptsIn } from '../support/documents.ts'

const fromRoot = (path: string) => new URL(`../../${path}`, import.meta.url)
const { scripts } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'))

/** Flags of kubectl, docker, npm, Node.js and this project's scripts that documents show, and the word for any. */
const OTHER_PROGRAMS = new Set([
  ...[
    'as',
    'tail',
    'raw',
    'all-namespaces',
    'show-swap',
    'chunk-size',
    'once',
    'nodes',
    'pods',
    'save',
    'against',
    'quick',
    'build-arg',
    'flag',
  ],
  ...['minutes', 'seconds', 'source', 'cost', 'profile', 'slow-kubelets', 'kept-values', 'no-oddities', 'storage'],
  ...['housekeeping-interval', 'extra-config', 'enable-aggregator-routing'],
  ...[
    'cap-drop',
    'cascade',
    'for',
    'force-conflicts',
    'isolation',
    'overrides',
    'read-only',
    'restart',
    'reuse-values',
    'scope',
    'security-opt',
    'server-side',
    'storage-driver',
    'take-ownership',
    'tmpfs',
    'user',
  ],
  ...['install', 'namespace', 'set', 'values', 'image', 'out', 'dry-run'],
  ...['server', 'insecure-skip-tls-verify', 'duration', 'certificate-authority', 'tls-server-name'],
  ...['omit', 'ignore-scripts', 'no-git-tag-version', 'sign', 'format', 'platform', 'provenance', 'push', 'tag'],
  ...['metadata-file', 'rm', 'type', 'predicate', 'entrypoint'],
  // Of git clone.
  ...['depth', 'branch'],
  // Of metrics-server doctor.
  ...['output', 'quiet'],
  ...['cpu-prof', 'cpu-prof-dir', 'perf-basic-prof', 'heap-prof', 'heap-prof-dir', 'heapsnapshot-signal', 'trace-gc'],
])

function brokenLinks(document: Document): string[] {
  return localLinks(document).filter((link) => {
    const [path = '', anchor] = link.split('#')
    if (!existsSync(fromRoot(path))) return true
    return anchor !== undefined && !anchorsOf(readFileSync(fromRoot(path), 'utf8')).includes(anchor)
  })
}

describe.each(documents.map((document) => [document.path, document] as const))('%s', (_, document) => {
  it('links to what is there', () => {
    expect(brokenLinks(document)).toEqual([])
  })

  it('names only flags that there are', () => {
    const known = new Set(FLAGS.map((flag) => flag.name))
    const named = flagsIn(document.text).filter((name) => !OTHER_PROGRAMS.has(name))
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  it('names only scripts that there are', () => {
    expect(scriptsIn(document.text).filter((name) => scripts[name] === undefined)).toEqual([])
  })
})

describe('a document that is wrong', () => {
  const wrong: Document = {
    path: 'docs/wrong.md',
    text: '[a](nowhere.md) [b](../README.md#no-such-part) [c](../README.md#flags) --no-such-flag `npm run nothing`',
  }

  it('is found', () => {
    expect(brokenLinks(wrong)).toEqual(['docs/nowhere.md', 'README.md#no-such-part'])
    expect(flagsIn(wrong.text)).toEqual(['no-such-flag'])
    expect(scriptsIn(wrong.text)).toEqual(['nothing'])
  })
})
