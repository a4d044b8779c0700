/** Node hands over header bytes as Latin-1; Go's clients write UTF-8. What is no UTF-8 becomes U+FFFD, as in Go's JSON. */
function decode(value: string): string {
  let ascii = true
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit > 0xff) return value
    if (unit > 0x7f) ascii = false
  }
  return ascii ? value : Buffer.from(value, 'latin1').toString('utf8')
}

/** All values of a header, each as it was sent: never split, never joined. Names compare without case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const wanted = name.toLowerCase()
  const values: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] ?? ''
    if (header.length === name.length && header.toLowerCase() === wanted) values.push(decode(rawHeaders[i + 1] ?? ''))
  }
  return values
}

/** Names (lower-cased, without the prefix) and values of all headers that start with `prefix`, in their order. */
export function headersWithPrefix(rawHeaders: readonly string[], prefix: string): [rest: string, value: string][] {
  const wanted = prefix.toLowerCase()
  const found: [string, string][] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = (rawHeaders[i] ?? '').toLowerCase()
    if (header.startsWith(wanted)) found.push([header.slice(wanted.length), decode(rawHeaders[i + 1] ?? '')])
  }
  return found
}

/** The key of an extra value, by Go's url.PathUnescape; one that is badly encoded is kept as it came. */
export function unescapeKey(key: string): string {
  if (!key.includes('%') || /%(?![0-9a-f]{2})/i.test(key)) return key
  const bytes = key.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
