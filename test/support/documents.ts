import { globSync, readFileSync } from 'node:fs'

const ROOT = new URL('../../', import.meta.url)

/** A text that people read. */
export interface Document {
  /** From the root of the project: "docs/flags.md". */
  readonly path: string
  readonly text: string
}

/** Every Markdown document of the project. */
export const documents: readonly Document[] = globSync(['*.md', '{docs,manifests,charts}/**/*.md'], {
  cwd: ROOT.pathname,
})
  .sort()
  .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), 'utf8') }))

/** Targets of the document's links that lead into the project: "docs/flags.md", "docs/a.md#part". */
export const localLinks = ({ path, text }: Document): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const { pathname, hash } = new URL(target, `file:///${path}`)
      return pathname.slice(1) + hash
    })

/** What headings are linked by, as hosts of Markdown make it. */
export const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** Words of the server's command line in running text or examples: "--kubelet-port". */
export const flagsIn = (text: string): string[] =>
  [...text.matchAll(/(?<![\w-])--([a-z][a-z0-9-]+)/g)].map((match) => match[1] ?? '')

/** Scripts that the text tells to run: "demo" of "npm run demo". */
export const scriptsIn = (text: string): string[] =>
  [...text.matchAll(/\bnpm run ([a-z][a-z:-]*)/g)].map((match) => match[1] ?? '')
