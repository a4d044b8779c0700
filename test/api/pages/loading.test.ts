import { expect, it } from 'vitest'
import { importsOf, resolveImport, sourceFilesUnder } from '../../support/source-files.ts'

const files = sourceFilesUnder(['src'])
const FOLDER = 'src/api/pages/'

it('what makes the pages is loaded only when one is asked for', () => {
  const outside = files.filter(({ path }) => !path.startsWith(FOLDER))
  const used = outside.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => resolveImport(file.path, specifier)),
  )
  expect(new Set(used.filter((path) => path.startsWith(FOLDER)))).toEqual(new Set([`${FOLDER}pages.ts`]))
  const entry = files.find(({ path }) => path === `${FOLDER}pages.ts`)?.code ?? ''
  const atStart = entry.match(/^import (?!type\b).*/gm)
  expect(atStart).toBeNull()
  expect(entry).toContain("await import('./answer-page.ts')")
})
