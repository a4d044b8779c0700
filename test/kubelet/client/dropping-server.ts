import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'

/**
 * An address to which nobody can connect, as behind a firewall that drops packets: a server that is stopped, with its
 * queue of connections full, so that the kernel answers no further SYN.
 */
export async function startDropping(host: string, port: number): Promise<{ close(): void }> {
  const script = `require('net').createServer().listen({ host: '${host}', port: ${port}, backlog: 1 }, () => console.log())`
  const child: ChildProcess = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout === null) throw new Error('no pipe')
  await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 4 }, () => net.connect(port, host).on('error', () => {}))
  await once(fillers[0] ?? child, 'connect')
  return {
    close() {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
    },
  }
}
