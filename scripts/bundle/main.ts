#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { createChunkLoader } from './chunk-loader.ts'

// dist/main.js: the bundle of src/main.ts.
createChunkLoader(fileURLToPath(new URL('.', import.meta.url))).load('start.js')
