import { list, member } from './json-value.ts'

declare const shouldBe: unique symbol

/**
 * What should be a `T` of the Kubernetes API and may be anything, because it came from outside. The type only says
 * which members there are to ask for; a check, such as `text` of json-value.ts, turns what was read into a value to
 * rely on.
 */
export type Unchecked<T> = { readonly [shouldBe]: T } | undefined

type Key<T> = keyof T & string
/** The type of a member that is there. */
type Member<T, K> = K extends keyof T ? NonNullable<T[K]> : never

/** Takes any value for what should be a `T`. Nothing is checked. */
export const unchecked = <T>(value: unknown): Unchecked<T> => value as Unchecked<T>

/** The value at the end of a path of members, `undefined` where one of them is not there. */
export function read<T, A extends Key<T>>(value: Unchecked<T>, a: A): Unchecked<Member<T, A>>
export function read<T, A extends Key<T>, B extends Key<Member<T, A>>>(
  value: Unchecked<T>,
  ...path: readonly [A, B]
): Unchecked<Member<Member<T, A>, B>>
export function read<T, A extends Key<T>, B extends Key<Member<T, A>>, C extends Key<Member<Member<T, A>, B>>>(
  value: Unchecked<T>,
  ...path: readonly [A, B, C]
): Unchecked<Member<Member<Member<T, A>, B>, C>>
export function read(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(member, value)
}

/** The items of an array; none where there is no array. */
export const itemsOf = <I>(value: Unchecked<readonly I[]>): readonly Unchecked<I>[] => list(value).map(unchecked<I>)
