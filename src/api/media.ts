/** What the answer shall be written as: the outcome of content negotiation. */
export interface Media {
  readonly format: 'json' | 'yaml' | 'protobuf'
  /** Indented JSON (`pretty` of the query or of the media type, or a user agent that people type into). */
  readonly pretty: boolean
  /** A Table or PartialObjectMetadata(List) in place of the object itself. */
  readonly as: MediaTransform | undefined
}

export interface MediaTransform {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  readonly version: 'v1' | 'v1beta1'
  /** `includeObject` of the query: what a Table's rows carry. */
  readonly includeObject: 'None' | 'Metadata' | 'Object'
}

/** Bytes to send and what they are. */
export interface Encoded {
  /** The whole Content-Type header. */
  readonly contentType: string
  readonly body: Buffer
}

/** The same, of a body that is made while it is sent. */
export interface EncodedPieces {
  readonly contentType: string
  readonly body: Pieces
}

/** A body that is made while it is sent. To be read once, and to the end or until `return` is called. */
export interface Pieces {
  /** How many bytes there will be, where that is known. */
  readonly bytes: number | undefined
  readonly pieces: Iterable<Buffer>
}
