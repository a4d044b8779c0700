/** What some tests need besides Node.js, by the variable that says where it is. */
const TOOLS = [
  ['KUBECTL', 'kubectl'],
  ['HELM', 'helm'],
  ['PROMTOOL', 'promtool'],
  ['CHROMIUM', 'Chromium'],
] as const

/** Says once, before any test runs, which of them are skipped and why: vitest only counts them. */
export function setup(): void {
  const missing = TOOLS.filter(([variable]) => !process.env[variable])
  if (missing.length === 0) return
  const tools = missing.map(([variable, tool]) => `${tool} (${variable})`).join(', ')
  console.log(
    `Tests that need ${tools} are skipped, since these variables do not say where to find them: see CONTRIBUTING.md.`,
  )
}
