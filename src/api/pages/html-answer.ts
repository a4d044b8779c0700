import { createHash } from 'node:crypto'
import type { Answer } from '../answer.ts'
import type { Markup } from './markup.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing is loaded, sent or framed, and no script runs but ours: were text ever taken for markup, it could do nothing. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = Object.freeze({
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // What it shows is for the one who may see it, and old a minute later.
  'cache-control': 'no-store',
})

export const htmlAnswer = (page: Markup): Answer => ({
  status: 200,
  contentType: 'text/html; charset=utf-8',
  body: Buffer.from(page.text),
  headers: HEADERS,
})
