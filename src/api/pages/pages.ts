import type { Clock } from '../../model/clock.ts'
import type { Answer } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import type { VersionInfo } from '../options.ts'
import type { PageName } from '../routing/route.ts'
import type { StatusSource } from '../status-source.ts'

/** What the pages are made of. */
export interface PageParts {
  readonly status: StatusSource
  readonly version: VersionInfo
  readonly clock: Pick<Clock, 'wallMs'>
  /** The checks of /readyz that fail now. */
  notReady(): readonly { readonly name: string; readonly reason: string }[]
}

/** The pages for people. What makes them is loaded when the first is asked for. */
export function createPages(parts: PageParts) {
  return async (name: PageName, exchange: Exchange, paths: readonly string[]): Promise<Answer> => {
    const { answerPage } = await import('./answer-page.ts')
    return answerPage(name, exchange, { ...parts, paths })
  }
}
