/** Names of a message's fields by number; a nested message has names of its own. */
export interface MessageShape {
  readonly [fieldNumber: number]: string | { readonly name: string; readonly shape: MessageShape }
}

/** The four bytes before every Kubernetes object in protobuf (k8s.io/apimachinery, pkg/runtime/serializer/protobuf). */
const MAGIC = Buffer.from('k8s\0')
const RAW_FIELD = 2

/** The object in a Kubernetes protobuf body: its string and message fields of that shape. `undefined` when it is none. */
export function readProtobuf(body: Buffer, shape: MessageShape): Record<string, unknown> | undefined {
  if (!body.subarray(0, 4).equals(MAGIC)) return undefined
  for (const [field, bytes] of fields(body.subarray(4))) if (field === RAW_FIELD) return message(bytes, shape)
  return undefined
}

function message(bytes: Buffer, shape: MessageShape): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const [field, value] of fields(bytes)) {
    const known = shape[field]
    if (typeof known === 'string') object[known] = value.toString()
    else if (known !== undefined) object[known.name] = message(value, known.shape)
  }
  return object
}

/** The length-delimited fields of a message; others are passed over. */
function* fields(bytes: Buffer): Generator<[field: number, value: Buffer]> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const wire = tag % 8
    if (wire === 0) varint()
    else if (wire === 2) {
      const length = varint()
      yield [(tag - wire) / 8, bytes.subarray(at, at + length)]
      at += length
    } else throw new RangeError(`wire type ${wire}`)
  }
}
