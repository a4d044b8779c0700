import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Path of a Chromium. Without it the tests that need a browser are skipped. */
export const CHROMIUM = process.env.CHROMIUM

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts Chromium with a profile of its own, which is empty and goes with it. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM ?? '', args: ARGUMENTS, headless: true })

/** A page, and all that went wrong on it: errors of scripts, what the policy refused, requests for anything but itself. */
export interface WatchedPage {
  readonly page: Page
  readonly errors: string[]
}

/** Opens an address in a context of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<WatchedPage> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => errors.push(message.text()))
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url.split('#')[0]) errors.push(`asks for ${request.url()}`)
  })
  await page.goto(url)
  return { page, errors }
}
