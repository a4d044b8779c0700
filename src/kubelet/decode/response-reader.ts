import { setImmediate as othersFirst } from 'node:timers/promises'
import type { NodeSample } from '../../model/sample.ts'

/** An answer that could not be decoded. The message says what was wrong and where; it is short and quotes nothing. */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError'
}

/** The kubelet answered well-formed and said that it failed to collect its metrics (`resource_scrape_error 1`). */
export class ScrapeReportedError extends DecodeError {
  override readonly name = 'ScrapeReportedError'
}

/** Decodes one answer, in as many stretches as its size demands. */
export interface ResponseReader {
  /** Reads on to byte `until`, and beyond it to where it can be interrupted. True at the end. @throws DecodeError */
  read(until: number): boolean
  /** To be called once, at the end. @throws DecodeError for a whole answer that is not one of this format. */
  sample(): NodeSample
}

/** In this turn of the event loop, however long it takes. */
export function decodeAtOnce(reader: ResponseReader): NodeSample {
  reader.read(Number.POSITIVE_INFINITY)
  return reader.sample()
}

/** Lets others have their turn every {@link TURN_BYTES}. */
export async function decodeInTurns(reader: ResponseReader): Promise<NodeSample> {
  for (let until = TURN_BYTES; !reader.read(until); until += TURN_BYTES) await othersFirst()
  return reader.sample()
}

/**
 * Where a text in UTF-8 begins: after its byte order mark, which some writers put there although RFC 8259 (section 8.1)
 * says that nobody may; it allows readers to pass over one.
 */
export function textStart(body: Buffer): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
}

/*
 * What an answer of a kubelet may hold. No real node comes near these bounds: they are for a kubelet that makes its
 * answer up, which must cost neither the other nodes' scrapes nor the memory of this process. An answer's bytes are
 * bounded where it is received.
 */

/** Entries of an answer: Kubernetes is made for 110 pods a node, and a virtual node stands for a cluster of some thousand. */
const MOST_PODS = 10_000
/** Entries of one pod: the API server accepts objects of about 1 MiB, which holds the spec of some hundred containers. */
export const MOST_CONTAINERS_OF_POD = 1000
/** Entries of an answer: as many real ones take 16 MiB in either format. */
const MOST_CONTAINERS = 30_000

/** @throws DecodeError when an answer lists more pods, or whatever it has in their place, than a node can have. */
export function checkPods(count: number): void {
  if (count > MOST_PODS) throw new DecodeError(`it lists more than ${MOST_PODS} pods`)
}

/** @throws DecodeError when an answer lists more containers than a node can have. */
export function checkContainers(count: number): void {
  if (count > MOST_CONTAINERS) throw new DecodeError(`it lists more than ${MOST_CONTAINERS} containers`)
}

/**
 * UTF-16 code units of names. In the API, namespaces and containers are DNS labels and pods are DNS subdomains
 * (kubernetes/kubernetes, pkg/apis/core/validation/validation.go). Letters beyond those are put up with: there are
 * kubelets that are not Kubernetes' own.
 */
export const LONGEST_LABEL = 63
export const LONGEST_SUBDOMAIN = 253
/** A uid is a UUID of 36, or for static pods a hash of 32. */
export const LONGEST_UID = 253
/** A text of more bytes than this is none of the above, escaped in whatever way: it is cut, which leaves it too long. */
export const LONGEST_TEXT_BYTES = 4096

/** Bytes that are decoded before other work has its turn: some milliseconds, and up to about 30 of what is made to be slow. */
export const TURN_BYTES = 2 ** 20
/** Bytes of one part that cannot be interrupted, which is a pod of a Summary: a thousand containers take 2.5 MiB at most. */
export const MOST_PART_BYTES = 3 * 2 ** 20
/** Bytes of the labels of one series; those of a kubelet have some hundred. */
export const MOST_LABEL_BYTES = 2 ** 20
/** Levels of JSON; a Summary has about ten. */
export const MAX_DEPTH = 512

/**
 * Times outside of these are as unknown as none: kubelets write the zero times of C (1970), Go (year 1, and 1754 where it
 * is taken for nanoseconds) and Windows (1601) for what was never sampled or started, and the largest of 64-bit
 * nanoseconds (2262). A machine whose clock is that wrong tells nothing by it either.
 */
export const EARLIEST_MS = Date.UTC(2000, 0)
export const LATEST_MS = Date.UTC(2200, 0)
