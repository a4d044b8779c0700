const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

/** What is drawn on: `process.stdout`, or something like it. */
export interface Output {
  readonly isTTY?: boolean
  readonly rows?: number
  readonly columns?: number
  write(text: string): unknown
}

/** Shows one page after the other. */
export interface Screen {
  /** Lines that fit; `undefined` where nothing is cut. */
  readonly rows: number | undefined
  show(lines: readonly string[]): void
  close(): void
}

/** A terminal is redrawn in place; anything else gets one page after the other. */
export function openScreen(output: Output): Screen {
  if (!output.isTTY)
    return { rows: undefined, show: (lines) => void output.write(`${lines.join('\n')}\n\n`), close: () => {} }
  output.write(ENTER)
  return {
    get rows() {
      return output.rows ?? 24
    },
    show(lines) {
      const fitting = lines.slice(0, output.rows ?? 24).map((line) => line.slice(0, output.columns ?? 80) + CLEAR_LINE)
      output.write(`${HOME}${fitting.join('\r\n')}${CLEAR_BELOW}`)
    },
    close: () => void output.write(LEAVE),
  }
}
