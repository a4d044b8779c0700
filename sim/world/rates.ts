/** How fast a container burns CPU, as a function of its age in milliseconds since the present run started. */
export interface Rate {
  /** Nanocores at this age. */
  at(ageMs: number): number
  /** CPU burned from the start to this age, nanoseconds of one core: the exact integral of {@link at}. */
  burned(ageMs: number): number
}

const MS_PER_S = 1000

export function steady(nanocores: number): Rate {
  return { at: () => nanocores, burned: (ageMs) => (nanocores * ageMs) / MS_PER_S }
}

/** Burns nothing at all. */
export const IDLE: Rate = steady(0)

/** `levels` in turn, each for `stepMs`, again and again. */
export function stepping(levels: readonly number[], stepMs: number): Rate {
  const level = (step: number): number => levels[step % levels.length] ?? 0
  const round = levels.reduce((sum, nanocores) => sum + nanocores, 0) * stepMs
  return {
    at: (ageMs) => level(Math.floor(ageMs / stepMs)),
    burned(ageMs) {
      const steps = Math.floor(ageMs / stepMs)
      let area = Math.floor(steps / levels.length) * round + level(steps) * (ageMs - steps * stepMs)
      for (let i = 0; i < steps % levels.length; i++) area += level(i) * stepMs
      return area / MS_PER_S
    },
  }
}

/** `peak` for the first `burstMs` of every `periodMs`, `base` for the rest. */
export function bursts(base: number, peak: number, burstMs: number, periodMs: number): Rate {
  return {
    at: (ageMs) => (ageMs % periodMs < burstMs ? peak : base),
    burned(ageMs) {
      const periods = Math.floor(ageMs / periodMs)
      const inBurst = periods * burstMs + Math.min(ageMs - periods * periodMs, burstMs)
      return (peak * inBurst + base * (ageMs - inBurst)) / MS_PER_S
    },
  }
}

/** A sine around `mean`, never more than `mean` away from it; `phase` in turns, 0 to 1. */
export function sinus(mean: number, amplitude: number, periodMs: number, phase: number): Rate {
  const swing = Math.min(amplitude, mean)
  const angle = (ageMs: number): number => 2 * Math.PI * (ageMs / periodMs + phase)
  return {
    at: (ageMs) => mean + swing * Math.sin(angle(ageMs)),
    burned(ageMs) {
      const wave = (Math.cos(angle(0)) - Math.cos(angle(ageMs))) * (periodMs / (2 * Math.PI))
      return (mean * ageMs + swing * wave) / MS_PER_S
    },
  }
}

/** A second rate on top of the first. */
export function sum(one: Rate, other: Rate): Rate {
  return {
    at: (ageMs) => one.at(ageMs) + other.at(ageMs),
    burned: (ageMs) => one.burned(ageMs) + other.burned(ageMs),
  }
}
