import type { NodeSample, PodSample } from '../model/sample.ts'
import { DecodeError } from './decode-error.ts'
import { fail, type JsonCursor, OPEN_OBJECT, peek } from './json-cursor.ts'
import { firstField, nextField } from './json-items.ts'
import { createNameTable } from './name-table.ts'
import { type NodePart, SummaryReader } from './summary-reader.ts'
import { TextMemory } from './text-memory.ts'

const SUMMARY = createNameTable(['node', 'pods'])
const NOTHING = Buffer.alloc(0)

/**
 * Gives a decoder of answers of `/stats/summary` (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go, `Summary`), which
 * remembers their names.
 *
 * A field that is missing, null, of a wrong type, negative or no whole number of 64 bit is `undefined`. A pod without
 * namespace or name, or with a container without a name, is left out. Of pods and containers that come twice the last
 * one holds.
 *
 * The decoder throws DecodeError for what is no JSON, or has neither a node nor pods. It does not keep the answer.
 */
export function createSummaryDecoder(): (body: Buffer) => NodeSample {
  const cursor: JsonCursor = { bytes: NOTHING, at: 0 }
  const reader = new SummaryReader(cursor, new TextMemory())

  function read(): NodeSample {
    let node: NodePart | undefined
    let pods: readonly PodSample[] | undefined
    const isObject = peek(cursor) === OPEN_OBJECT
    for (let key = firstField(cursor, SUMMARY); key !== undefined; key = nextField(cursor, SUMMARY)) {
      if (key === 'node') node = reader.node()
      else pods = reader.pods()
    }
    if (peek(cursor) !== -1) fail(cursor, 'something follows the value')
    if (!isObject) throw new DecodeError('no Summary: the answer is JSON, but no object')
    if (node === undefined && pods === undefined) throw new DecodeError('no Summary: it has neither a node nor pods')
    return { source: 'summary', nodeName: node?.nodeName, node: node?.node, pods: pods ?? [] }
  }

  function begin(body: Buffer): void {
    cursor.bytes = body
    cursor.at = 0
    reader.begin()
  }

  return (body) => {
    begin(body)
    try {
      return read()
    } finally {
      begin(NOTHING)
    }
  }
}
