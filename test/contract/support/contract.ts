import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import type { ApiOptions } from '../../../src/api/options.ts'
import { type Question, type Reply, TRANSPORTS } from './transports.ts'
import { createWorld, type World } from './world.ts'

export interface Asking {
  /** Asks as the administrator. */
  asAdmin(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>
  ask(question: Question): Promise<Reply>
  world(): World
}

/** Holds a part of the contract over every transport, of an API with these options. An error in the log that no test expects fails it. */
export function contract(title: string, tests: (asking: Asking) => void, changes: Partial<ApiOptions> = {}): void {
  describe.each(TRANSPORTS)(`${title}, over $name`, ({ open }) => {
    let world: World
    let client: Awaited<ReturnType<typeof open>>
    beforeAll(async () => {
      world = await createWorld(changes)
      client = await open(world)
    })
    afterEach(() => {
      expect(world.errors).toEqual([])
    })
    afterAll(async () => {
      await client.close()
      await world.api.close()
    })
    tests({
      ask: (question) => client.ask(question),
      asAdmin: (path, headers) => client.ask({ path, as: 'admin', ...(headers && { headers }) }),
      world: () => world,
    })
  })
}
