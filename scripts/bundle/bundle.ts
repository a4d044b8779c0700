import { fileURLToPath } from 'node:url'
import { type OutputChunk, type OutputOptions, type Plugin, rolldown } from 'rolldown'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Of undici only the clients: its own index runs fetch, WebSocket, mocks and caches, which nobody here calls, and they
 * take 4 MB. Other libraries get the whole of it.
 */
const UNDICI = `
import * as api from 'undici/lib/api/index.js'
import buildConnector from 'undici/lib/core/connect.js'
import errors from 'undici/lib/core/errors.js'
import Client from 'undici/lib/dispatcher/client.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import Pool from 'undici/lib/dispatcher/pool.js'
Object.assign(Dispatcher.prototype, api.default)
export { Client, Pool, buildConnector, errors }
`

const clientsOfUndici: Plugin = {
  name: 'clients-of-undici',
  resolveId(source, importer) {
    if (source === 'undici' && importer?.startsWith(`${ROOT}src/`)) return `${ROOT}undici-clients.js`
    return undefined
  },
  load(id) {
    return id === `${ROOT}undici-clients.js` ? UNDICI : undefined
  },
}

/** Fastify requires them only where `api/app.ts` gives it no others. */
const schemaCompilers = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler']

const OUTPUT: OutputOptions = {
  // Functions and classes keep their names and statements their lines: stack traces and profiles stay readable.
  minify: {
    compress: { joinVars: false, sequences: false, keepNames: { function: true, class: true } },
    mangle: { keepNames: true },
    codegen: { removeWhitespace: false },
  },
  comments: { legal: false, annotation: false, jsdoc: false },
  // V8 keeps the text of what it loads, and a text with one character beyond Latin-1 takes twice the memory.
  charset: 'ascii',
  sourcemap: 'hidden',
  sourcemapExcludeSources: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
}

async function generate(name: string, input: string, output: OutputOptions): Promise<OutputChunk[]> {
  const bundle = await rolldown({
    cwd: ROOT,
    input: { [name]: input },
    platform: 'node',
    plugins: [clientsOfUndici],
    external: schemaCompilers,
    onLog(_level, { message }) {
      throw new Error(message)
    },
  })
  try {
    const generated = await bundle.generate({ ...OUTPUT, ...output })
    return generated.output.filter((one) => one.type === 'chunk')
  } finally {
    await bundle.close()
  }
}

/**
 * The server with all its libraries, as chunks of CommonJS of which `start.js` is the first. What the server seldom or
 * never needs is in chunks of its own, which are loaded when they are needed.
 */
export const bundleServer = (): Promise<OutputChunk[]> =>
  generate('start', 'src/main.ts', {
    format: 'cjs',
    dynamicImportInCjs: false,
    codeSplitting: {
      // With what they import: the clients of undici and js-yaml are part of the first.
      groups: [
        { name: 'common', test: (id) => id.startsWith(`${ROOT}src/`), minShareCount: 2, priority: 2 },
        { name: 'client-node', test: (id) => id.startsWith(`${ROOT}node_modules/@kubernetes/`), priority: 1 },
      ],
    },
  })

/** A module of `scripts/bundle` with what it imports, as one file. */
export async function bundleScript(name: string): Promise<OutputChunk> {
  const [chunk] = await generate(name, `scripts/bundle/${name}.ts`, { format: 'esm', codeSplitting: false })
  if (chunk === undefined) throw new Error(`${name} has no code`)
  return chunk
}
