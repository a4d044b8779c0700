#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { startSmall } from '../../src/engine.ts'
import { createChunkLoader } from './chunk-loader.ts'

// dist/main.js: the bundle of src/main.ts.
startSmall()
createChunkLoader(fileURLToPath(new URL('.', import.meta.url))).load('start.js')
