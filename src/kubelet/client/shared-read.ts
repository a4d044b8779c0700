import type net from 'node:net'

/** The socket brought bytes while nobody took any. */
export class UnreadBytesError extends Error {
  override readonly name = 'UnreadBytesError'
}

/** As much as one read of the socket gives at most; a TLS record has 16 KiB. */
const BUFFER_BYTES = 64 * 1024

/**
 * Lets all sockets read into one buffer. A socket of Node.js makes a buffer of 16 to 64 KiB for each piece that comes in;
 * that memory lies outside the heap, and the collector answers it with full collections, more of them than all else needs.
 */
export interface SharedRead {
  /**
   * Connects with the options that `connect` is given, and gives its socket. What `take` makes of each piece is read in
   * its place, `null` for nothing; what it throws ends the socket.
   */
  open(
    connect: (options: { readonly onread: net.OnReadOpts }) => net.Socket,
    take?: (piece: Buffer) => Buffer | null,
  ): net.Socket
}

/**
 * The socket's reader must take each piece while 'readable' is emitted, by `read()`, and be done with it before it
 * returns, as undici's parser is: it copies what it reads. A piece that is not taken ends the socket.
 */
export function createSharedRead(): SharedRead {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  return {
    open(connect, take = (whole) => whole) {
      let piece: Buffer | null = null
      const callback = (bytes: number): boolean => {
        piece = buffer.subarray(0, bytes)
        socket.emit('readable')
        if (piece !== null || socket.readableLength > 0)
          socket.destroy(new UnreadBytesError('bytes came in while nobody was to read any'))
        piece = null
        return true
      }
      const socket = connect({ onread: { buffer, callback } })
      const read = socket.read.bind(socket)
      socket.read = (size?: number) => {
        // A size is asked for by the stream itself, which has to learn of the connection's end.
        if (piece === null || size !== undefined) return read(size)
        const taken = piece
        piece = null
        try {
          return take(taken)
        } catch (error) {
          socket.destroy(error instanceof Error ? error : new Error('not to be read', { cause: error }))
          return null
        }
      }
      return socket
    },
  }
}
