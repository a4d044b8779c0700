/** Text from outside as one short line: nothing in it can begin a new line, move a terminal's cursor or hide text. */
export function oneLine(text: string, limit: number): string {
  const plain = text
    .slice(0, limit * 4)
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain
}
