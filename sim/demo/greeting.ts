import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Cluster } from '../cluster.ts'
import { OWN_SERVER } from '../server-process.ts'

/** What is to be said of a running demo. */
export interface GreetingParts {
  readonly cluster: Cluster
  readonly port: number
  /** It is this project's server, which has pages of its own. */
  readonly isOwn: boolean
  /** A script that runs the doctor on this cluster. */
  readonly doctor: string
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** Writes a script that runs the doctor with the flags of the server, and returns its path. It goes with the cluster. */
export async function writeDoctor(directory: string, kubeconfig: string, flags: readonly string[]): Promise<string> {
  const script = path.join(directory, 'doctor')
  const words = [...OWN_SERVER, 'doctor', `--kubeconfig=${kubeconfig}`, ...flags].map(quoted).join(' ')
  await writeFile(script, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o700 })
  return script
}

/** How to look at the cluster from another terminal, in lines of at most `columns`, which can be copied as they are. */
export function greeting({ cluster, port, isOwn, doctor }: GreetingParts, columns: number | undefined): string[] {
  const { size } = cluster.world.nodes
  const statusz = `kubectl --server=https://127.0.0.1:${port} --insecure-skip-tls-verify get --raw /statusz`
  return [
    ...wrapped(
      `A simulated cluster of ${size} node${size === 1 ? '' : 's'}. In another terminal, as long as this runs:`,
      columns,
    ),
    ...command(`export KUBECONFIG=${quoted(cluster.files.admin)}`, columns),
    ...command('kubectl top nodes --show-swap; kubectl top pods -A', columns),
    ...(isOwn ? command(`${statusz}    # each node's scrapes`, columns) : []),
    ...command(`${quoted(doctor)}    # what is wrong`, columns),
  ]
}

/** Breaks a text at blanks. */
function wrapped(text: string, columns = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

const INDENT = '  '

/**
 * A shell command, indented; a line that is too long goes on after a backslash. A comment that does not fit is left out, and a word
 * that does not goes on at the beginning of the next line, since a blank would end it.
 */
export function command(text: string, columns = Number.POSITIVE_INFINITY): string[] {
  const whole = INDENT + text
  if (whole.length <= columns) return [whole]
  const [words = ''] = text.split('    #')
  const room = Math.max(1, columns - 2)
  const lines: string[] = []
  let line = INDENT
  for (const word of words.split(' ')) {
    const isFirst = line.trim() === ''
    if (!isFirst && line.length + 1 + word.length > room) {
      lines.push(`${line} \\`)
      line = `${INDENT}${INDENT}${word}`
    } else line += isFirst ? word : ` ${word}`
    while (line.length > room) {
      lines.push(`${line.slice(0, room)}\\`)
      line = line.slice(room)
    }
  }
  return [...lines, line]
}
