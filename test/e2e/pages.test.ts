import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeStatus } from '../../src/api/options.ts'
import { createWorld, type World } from '../contract/support/world.ts'
import { failingNode, HOSTILE, nodeStatus } from '../support/node-statuses.ts'
import { quietStatus } from '../support/quiet-status.ts'
import { CHROMIUM, openPage, startBrowser } from './browser.ts'

const AS_ADMIN: BrowserContextOptions = { extraHTTPHeaders: { authorization: 'Bearer admin' } }
const SOME = [
  nodeStatus('node-10', { tookMs: 7 }),
  nodeStatus('node-2', { tookMs: 130 }),
  nodeStatus('node-1', { scrapedAgoMs: undefined, tookMs: undefined, sampledAtMs: undefined }),
  failingNode('node-7', 190_000),
  failingNode('node-3', 20_000),
]

/** The row heads that can be seen, from top to bottom. */
const shown = (page: Page) => page.locator('tbody tr:visible th').allInnerTexts()
const head = (page: Page, title: string) => page.getByRole('columnheader', { name: title })

describe.skipIf(CHROMIUM === undefined)('the page /statusz in a browser', () => {
  let browser: Browser
  let world: World
  let url: string
  let nodes: readonly NodeStatus[] = SOME
  beforeAll(async () => {
    browser = await startBrowser()
    world = await createWorld({ status: quietStatus({ nodes: () => nodes }) })
    url = `https://127.0.0.1:${(await world.api.listen()).port}/statusz`
  })
  afterAll(async () => {
    await browser.close()
    await world.api.close()
  })
  async function open(options: BrowserContextOptions = {}, hash = '') {
    const opened = await openPage(browser, `${url}${hash}`, { ...AS_ADMIN, ...options })
    return { ...opened, close: () => opened.page.context().close() }
  }

  it('is in a useful order, asks for nothing more, and runs under its own policy', async () => {
    const { page, errors, close } = await open()
    expect(await shown(page)).toEqual(['node-7', 'node-3', 'node-1', 'node-2', 'node-10'])
    expect(await page.getByRole('status').innerText()).toBe('5 of 5 shown')
    expect(errors).toEqual([])
    await close()
  })

  it('is sorted by a head, by number or by name, and says so; what has no value stays below', async () => {
    const { page, close } = await open()
    await head(page, 'Took').getByRole('button').click()
    expect(await shown(page)).toEqual(['node-10', 'node-7', 'node-3', 'node-2', 'node-1'])
    expect(await head(page, 'Took').getAttribute('aria-sort')).toBe('ascending')
    await head(page, 'Took').getByRole('button').click()
    expect(await shown(page)).toEqual(['node-2', 'node-7', 'node-3', 'node-10', 'node-1'])
    expect(await head(page, 'Took').getAttribute('aria-sort')).toBe('descending')
    await head(page, 'Node').getByRole('button').click()
    expect(await shown(page)).toEqual(['node-1', 'node-2', 'node-3', 'node-7', 'node-10'])
    expect(await head(page, 'Took').getAttribute('aria-sort')).toBeNull()
    await close()
  })

  it('goes back to the order with trouble first, and says when no node matches', async () => {
    const { page, close } = await open()
    const back = page.getByRole('button', { name: 'Trouble first' })
    expect(await back.isVisible()).toBe(false)
    await head(page, 'Node').getByRole('button').click()
    await back.click()
    expect(await shown(page)).toEqual(['node-7', 'node-3', 'node-1', 'node-2', 'node-10'])
    expect(await head(page, 'Node').getAttribute('aria-sort')).toBeNull()
    expect(await back.isVisible()).toBe(false)
    await page.getByRole('searchbox').fill('nobody')
    expect(await page.getByRole('status').innerText()).toBe('no node matches')
    await close()
  })

  it.each([
    [390, true],
    [1280, false],
  ])('at %d px shows an error under the name of its node: %s', async (width, isBelow) => {
    const { page, close } = await open({ viewport: { width, height: 800 } })
    expect(await page.locator('tbody tr.trouble .below').first().isVisible()).toBe(isBelow)
    expect(await page.locator('tbody tr.trouble td.error').first().isVisible()).toBe(!isBelow)
    await close()
  })

  it('is filtered by text and by trouble, and keeps the choice over a reload', async () => {
    const { page, close } = await open()
    await page.getByLabel('Node, state or error').fill('NODE-1')
    expect(await shown(page)).toEqual(['node-1', 'node-10'])
    await page.getByLabel('Only nodes with trouble').check()
    expect(await shown(page)).toEqual(['node-1'])
    await page.getByLabel('Node, state or error').fill('connection')
    await head(page, 'Node').getByRole('button').click()
    expect(await page.getByRole('status').innerText()).toBe('2 of 5 shown')
    await page.reload()
    expect(await shown(page)).toEqual(['node-3', 'node-7'])
    expect(await head(page, 'Node').getAttribute('aria-sort')).toBe('ascending')
    await close()
  })

  it('is worked with the keyboard alone', async () => {
    const { page, close } = await open()
    await page.getByLabel('Node, state or error').focus()
    await page.keyboard.type('node-')
    for (let i = 0; i < 2; i++) await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Node')
    await page.keyboard.press('Enter')
    expect(await shown(page)).toEqual(['node-1', 'node-2', 'node-3', 'node-7', 'node-10'])
    await page.keyboard.press('Space')
    expect(await shown(page)).toEqual(['node-10', 'node-7', 'node-3', 'node-2', 'node-1'])
    await close()
  })

  it('is whole without a script, and has no control that does nothing', async () => {
    const { page, close } = await open({ javaScriptEnabled: false })
    expect(await shown(page)).toEqual(['node-7', 'node-3', 'node-1', 'node-2', 'node-10'])
    expect(await page.getByRole('searchbox').count()).toBe(0)
    expect(await page.getByRole('button').count()).toBe(0)
    await close()
  })

  it('takes whatever nodes and errors are called as text', async () => {
    nodes = HOSTILE.map((text) => failingNode(text, 1000, text))
    const { page, errors, close } = await open()
    expect(await page.title()).toBe('metrics-server statusz')
    expect(await shown(page)).toEqual(expect.arrayContaining(HOSTILE.filter((text) => !text.includes('\u202e'))))
    expect(await page.locator('tbody *:not(tr, th, th > span, th > small, small > span, td, b, br)').count()).toBe(0)
    expect(await page.locator('script, style, img').count()).toBe(2)
    await head(page, 'Node').getByRole('button').click()
    await page.getByLabel('Node, state or error').fill('<script>')
    expect(await page.title()).toBe('metrics-server statusz')
    expect(errors).toEqual([])
    await close()
    nodes = SOME
  })

  it('takes nothing of its address for markup', async () => {
    const { page, errors, close } = await open({}, '#sort=99&filter=%3Cimg%20src=x%20onerror=alert(1)%3E')
    expect(await shown(page)).toEqual([])
    expect(await page.locator('img').count()).toBe(0)
    expect(errors).toEqual([])
    await close()
  })

  it('with 5000 nodes is sorted and filtered in time that grows with their number', { timeout: 60_000 }, async () => {
    const timesOf = async (count: number, status: string) => {
      nodes = Array.from({ length: count }, (_, i) =>
        i % 10 === 0 ? failingNode(`node-${i}`, i) : nodeStatus(`node-${i}`),
      )
      const { page, close } = await open()
      const timed = (action: string) =>
        page.evaluate<number>(`(() => { const t = performance.now(); ${action}; return performance.now() - t })()`)
      const sorted = await timed(`document.querySelector('thead button').click()`)
      const filter = `document.getElementById('filter')`
      const sifted = await timed(`${filter}.value = 'node-24'; ${filter}.dispatchEvent(new Event('input'))`)
      expect(await page.getByRole('status').innerText()).toBe(status)
      await close()
      return { sorted, sifted }
    }
    const [half, whole] = [await timesOf(2500, '111 of 2500 shown'), await timesOf(5000, '111 of 5000 shown')]
    // A square of the number would take four times as long; a tenth of a second is noise.
    expect(whole.sorted).toBeLessThan(3.5 * half.sorted + 100)
    expect(whole.sifted).toBeLessThan(3.5 * half.sifted + 100)
    nodes = SOME
  })

  it('fits a narrow screen: what is above the table and the names of the nodes stay in sight', async () => {
    const { page, close } = await open({ viewport: { width: 360, height: 700 } })
    await page.evaluate('scrollTo(400, 0)')
    for (const place of [page.getByRole('heading'), page.getByRole('searchbox'), page.locator('tbody th').first()]) {
      const box = await place.boundingBox()
      expect(box?.x).toBeGreaterThanOrEqual(0)
      expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(360)
    }
    await close()
  })

  it('is for nobody whom the server does not know', async () => {
    const { page, close } = await open({ extraHTTPHeaders: {} })
    expect(await page.locator('body').innerText()).toContain('cannot get path')
    await close()
  })
})
