import { expect, it } from 'vitest'
import { importsOf, resolveImport, sourceFilesUnder } from '../../support/source-files.ts'

const files = sourceFilesUnder(['src'])
const FOLDER = 'src/api/pages/'

it('what makes the pages is loaded only when one is requested', () => {
  const outside = files.filter(({ path }) => !path.startsWith(FOLDER))
  const users = outside.filter((file) =>
    importsOf(file).some((one) => one.startsWith('.') && resolveImport(file.path, one).startsWith(FOLDER)),
  )
  expect(users.map(({ path }) => path)).toEqual(['src/api/routes/pages.ts'])
  const [{ code = '' } = {}] = users
  expect(code.match(/^import (?!type\b).*pages\/.*/gm)).toBeNull()
  expect(code).toContain("await import('../pages/answer-page.ts')")
})
