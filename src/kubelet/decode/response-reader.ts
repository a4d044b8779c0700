import { setImmediate as othersFirst } from 'node:timers/promises'
import type { NodeSample } from '../../model/sample.ts'

/** A response that could not be decoded. The message says what is wrong and where, in short, and quotes nothing. */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError'
}

/** The kubelet reports in a well-formed response that it failed to collect its metrics (`resource_scrape_error 1`). */
export class ScrapeReportedError extends DecodeError {
  override readonly name = 'ScrapeReportedError'
}

/** Decodes one response, in one or more turns of the event loop. */
export interface ResponseReader {
  /** Reads to byte `until`, and on to where it can be interrupted. True at the end. @throws DecodeError */
  read(until: number): boolean
  /** The result; to be called once, at the end. @throws DecodeError when the response is not of this format. */
  sample(): NodeSample
}

/** Decodes in this turn of the event loop. */
export function decodeAtOnce(reader: ResponseReader): NodeSample {
  reader.read(Number.POSITIVE_INFINITY)
  return reader.sample()
}

/** Decodes with other work in between, after every {@link TURN_BYTES}. */
export async function decodeInTurns(reader: ResponseReader): Promise<NodeSample> {
  for (let until = TURN_BYTES; !reader.read(until); until += TURN_BYTES) await othersFirst()
  return reader.sample()
}

/**
 * Where a text in UTF-8 begins: after its byte order mark. RFC 8259 (section 8.1) forbids one, but allows readers to ignore
 * it, and some writers send it.
 */
export function textStart(body: Buffer): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
}

/*
 * The bounds of a response. No real node comes near them: they keep a made-up response from costing the scrapes of other
 * nodes or the memory of this process. The client bounds the bytes of a response where it receives them.
 */

/** Pods of a response: Kubernetes supports 110 pods a node, and a virtual node may stand for a few thousand. */
const MOST_PODS = 10_000
/** Containers of one pod: the API server accepts objects of about 1 MiB, enough for a few hundred containers. */
export const MOST_CONTAINERS_OF_POD = 1000
/** Containers of a response: so many real ones take 16 MiB in either format. */
const MOST_CONTAINERS = 30_000

/** @throws DecodeError when a response lists more pods, or items in their place, than a node can have. */
export function checkPods(count: number): void {
  if (count > MOST_PODS) throw new DecodeError(`it lists more than ${MOST_PODS} pods`)
}

/** @throws DecodeError when a response lists more containers than a node can have. */
export function checkContainers(count: number): void {
  if (count > MOST_CONTAINERS) throw new DecodeError(`it lists more than ${MOST_CONTAINERS} containers`)
}

/**
 * UTF-16 code units of names. In the API, namespaces and containers are DNS labels and pods are DNS subdomains
 * (kubernetes/kubernetes, pkg/apis/core/validation/validation.go). Other characters are accepted, since not all kubelets
 * are Kubernetes' own.
 */
export const LONGEST_LABEL = 63
export const LONGEST_SUBDOMAIN = 253
/** A uid is a UUID of 36, or for static pods a hash of 32. */
export const LONGEST_UID = 253
/** A longer text, however escaped, is none of the above; it is cut to this, which is still too long. */
export const LONGEST_TEXT_BYTES = 4096

/** Bytes decoded in one turn of the event loop: a few milliseconds, about 30 for a body made to be slow. */
export const TURN_BYTES = 2 ** 20
/** Bytes of a pod of a Summary, whose reading cannot be interrupted: a thousand containers take 2.5 MiB at most. */
export const MOST_PART_BYTES = 3 * 2 ** 20
/** Bytes of the labels of one series; those of a kubelet have a few hundred. */
export const MOST_LABEL_BYTES = 2 ** 20
/** Levels of JSON; a Summary has about ten. */
export const MAX_DEPTH = 512

/**
 * Times outside of these are unknown: kubelets write the zero times of C (1970), Go (year 1, or 1754 as nanoseconds) and
 * Windows (1601) for "never", and the largest time of 64-bit nanoseconds (2262).
 */
export const EARLIEST_MS = Date.UTC(2000, 0)
export const LATEST_MS = Date.UTC(2200, 0)
