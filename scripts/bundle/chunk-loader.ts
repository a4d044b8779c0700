import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Script } from 'node:vm'

/** The chunks that the server loads at its start, in the order in which they are loaded. */
export const START_CHUNKS = ['common.js', 'program.js', 'server.js'] as const

/** V8's code cache belongs to one version of Node.js and one processor architecture. */
export const cacheFolder = (folder: string): string => join(folder, 'code-cache', `${process.version}-${process.arch}`)

interface Chunk {
  readonly exports: object
  readonly script: Script
}

export interface ChunkLoader {
  /** What a chunk exports. It runs when it is asked for first. */
  load(name: string): object
  /** Those that were loaded, by name. */
  readonly loaded: ReadonlyMap<string, Chunk>
}

/**
 * Loads the chunks of the bundle in `folder`, each a function expression of CommonJS' parameters, with V8's code cache.
 * A cache of another V8, or of other flags, is refused by V8, and the chunk is compiled as without one. Node.js' own
 * compile cache is none for an image: its folder is for one user id and one model of processor.
 */
export function createChunkLoader(folder: string): ChunkLoader {
  const loaded = new Map<string, Chunk>()
  const requireBuiltin = createRequire(join(folder, 'main.js'))
  const caches = cacheFolder(folder)

  const require = (id: string): unknown => (id.startsWith('./') ? load(id.slice(2)) : requireBuiltin(id))

  function load(name: string): object {
    const known = loaded.get(name)
    if (known !== undefined) return known.exports
    const filename = join(folder, name)
    const cache = join(caches, name)
    const script = new Script(readFileSync(filename, 'utf8'), {
      filename,
      ...(existsSync(cache) && { cachedData: readFileSync(cache) }),
    })
    const module = { exports: {} }
    loaded.set(name, { exports: module.exports, script })
    script.runInThisContext()(module.exports, require, module, filename, folder)
    return module.exports
  }
  return { load, loaded }
}
