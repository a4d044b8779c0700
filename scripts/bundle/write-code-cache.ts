import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSmall } from '../../src/engine.ts'
import { cacheFolder, createChunkLoader, START_CHUNKS } from './chunk-loader.ts'

// dist/write-code-cache.js: writes V8's code cache for the Node.js that runs this, on the machine that runs it. It has what
// loading the server compiles; code that only runs later would cost memory from the start.
startSmall()
const folder = fileURLToPath(new URL('.', import.meta.url))
const { load, loaded } = createChunkLoader(folder)
for (const name of START_CHUNKS) load(name)
const caches = cacheFolder(folder)
mkdirSync(caches, { recursive: true })
for (const [name, { script }] of loaded) writeFileSync(join(caches, name), script.createCachedData())
