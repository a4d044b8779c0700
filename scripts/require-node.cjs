// Runs before a script (node -r), also on a Node.js that reads neither TypeScript nor modules.
const fs = require('node:fs')
const path = require('node:path')

const { engines } = JSON.parse(fs.readFileSync(path.join(__dirname, '../package.json'), 'utf8'))
const least = Number(/\d+/.exec(engines.node)[0])
if (Number(process.versions.node.split('.')[0]) < least) {
  process.stderr.write(
    `Node.js ${least} or newer is needed, and this is ${process.versions.node}: npm ci brings one for npm run (npm rebuild node --ignore-scripts=false, where install scripts are off)\n`,
  )
  process.exit(1)
}
