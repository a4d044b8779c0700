const HTML = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])

/** Escapes what a browser could take for markup, as apiserver does in errors (responsewriters/errors.go, sanitizer). */
export const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (c) => HTML.get(c) ?? c)
