import { readTextFile } from '../../model/text-file.ts'
import { ClusterAccessError } from './access-error.ts'

/** The `Authorization` of a file that holds a bearer token. @throws UnusableError */
export async function bearerOf(path: string): Promise<string> {
  const token = (await readTextFile(path, 'the token file')).trim()
  if (token === '') throw new ClusterAccessError(`the token file ${path} is empty`)
  // What no header can hold would fail each request, with the token in the error.
  if (/[^\x21-\x7e]/.test(token))
    throw new ClusterAccessError(`the token file ${path} holds something else than a token`)
  return `Bearer ${token}`
}
