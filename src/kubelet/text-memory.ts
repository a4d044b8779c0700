/** Longer texts are no names; they are made anew each time. */
const LONGEST = 256
const LEAST_PLACES = 1024
/** A text that has no place after so many looks is not kept: names made up to collide must cost no more than others. */
const MOST_LOOKS = 16
const NO_PLACE = -1
/** What a generation may hold, about: the names of several hundred thousand pods. More is a kubelet that makes them up. */
const MOST_BYTES = 48 * 2 ** 20
/** What a string costs besides its characters, and its place in the tables. */
const TEXT_BYTES = 48

interface Generation {
  /** Hash tables with linear probing; a power of two long, at most half full. */
  texts: (string | undefined)[]
  hashes: Int32Array
  size: number
  /** About, of the texts. */
  bytes: number
}

const emptyGeneration = (places: number): Generation => ({
  texts: new Array<string | undefined>(places).fill(undefined),
  hashes: new Int32Array(places),
  size: 0,
  bytes: 0,
})

/**
 * Gives the same string for the same bytes, so that the names in a kubelet's answer are found instead of made anew
 * each time. A text that is no longer asked for is forgotten: there are two generations of texts, and every so often the
 * older one is emptied and becomes the younger. What is asked for moves to the younger. It is so, too, when the younger
 * has grown too big: nodes that send other names each time cost time, not memory.
 */
export class TextMemory {
  #young = emptyGeneration(LEAST_PLACES)
  #old = emptyGeneration(LEAST_PLACES)
  #asked = 0

  /** How many texts are remembered; those that are in both generations count twice. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** The text of the ASCII bytes from `start` to `end`. */
  text(bytes: Buffer, start: number, end: number): string {
    if (end - start > LONGEST) return bytes.toString('latin1', start, end)
    // Whatever is in use is asked for at least once in a round of all nodes, and names of containers far more often.
    const isDue = ++this.#asked > 3 * (this.#young.size + LEAST_PLACES)
    if (isDue || this.#young.bytes > MOST_BYTES) this.#turn()
    const hash = hashOf(bytes, start, end)
    const young = this.#young
    const place = placeOf(young, hash, bytes, start, end)
    const known = young.texts[place]
    if (known !== undefined) return known
    const old = this.#old
    const text = old.texts[placeOf(old, hash, bytes, start, end)] ?? bytes.toString('latin1', start, end)
    if (place !== NO_PLACE) this.#keep(place, hash, text)
    return text
  }

  #keep(place: number, hash: number, text: string): void {
    const young = this.#young
    young.texts[place] = text
    young.hashes[place] = hash
    young.bytes += text.length + TEXT_BYTES
    if (++young.size * 2 > young.texts.length) this.#young = grown(young)
  }

  #turn(): void {
    const { size } = this.#young
    const emptied = this.#old
    this.#old = this.#young
    // Room for as many as there were is not given up, but that of a time when there were far more is.
    if (emptied.texts.length > Math.max(LEAST_PLACES, 8 * size)) this.#young = emptyGeneration(LEAST_PLACES)
    else {
      emptied.texts.fill(undefined)
      emptied.size = 0
      emptied.bytes = 0
      this.#young = emptied
    }
    this.#asked = 0
  }
}

/** FNV-1a. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = -2_128_831_035
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 16_777_619)
  return hash
}

/** Where the text is, or where it belongs; {@link NO_PLACE} where it finds none. */
function placeOf({ texts, hashes }: Generation, hash: number, bytes: Buffer, start: number, end: number): number {
  const mask = texts.length - 1
  for (let look = 0; look < MOST_LOOKS; look++) {
    const place = (hash + look) & mask
    const text = texts[place]
    if (text === undefined || (hashes[place] === hash && isSame(text, bytes, start, end))) return place
  }
  return NO_PLACE
}

function isSame(text: string, bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

function grown(from: Generation): Generation {
  const into = emptyGeneration(from.texts.length * 2)
  const mask = into.texts.length - 1
  for (let i = 0; i < from.texts.length; i++) {
    const text = from.texts[i]
    const hash = from.hashes[i] as number
    for (let look = 0; text !== undefined && look < MOST_LOOKS; look++) {
      const place = (hash + look) & mask
      if (into.texts[place] !== undefined) continue
      into.texts[place] = text
      into.hashes[place] = hash
      into.size++
      into.bytes += text.length + TEXT_BYTES
      break
    }
  }
  return into
}
