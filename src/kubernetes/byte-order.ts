/** Texts in the order of their UTF-8 bytes, as Go sorts strings. UTF-16's own order differs only where surrogates are. */
export function inByteOrder(texts: Iterable<string>): string[] {
  const list = [...texts]
  if (!list.some((text) => /[\ud800-\udfff]/.test(text))) return list.sort()
  return list
    .map((text) => ({ text, bytes: Buffer.from(text) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ text }) => text)
}
