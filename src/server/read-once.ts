import type { Follower } from '../files/follow.ts'

/** Reads each source when it is asked for, and looks at none again by itself: for what ends before anything is replaced. */
export const readOnce: Follower = {
  async follow(source) {
    let current = await source.read(undefined)
    return {
      current: () => current,
      onChange: () => {},
      async renew() {
        const next = await source.read(current)
        const changed = !source.isSame(next, current)
        current = next
        return changed
      },
    }
  },
}
