// An older Node.js says here what it needs; what follows is loaded afterwards, since it would fail on that.
import '../scripts/require-node.cjs'

const { main } = await import('./demo/main.ts')
process.exitCode = await main(process)
