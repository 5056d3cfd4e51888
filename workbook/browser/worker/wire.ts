/** The wire of the page: a connection is a MessagePort. A `Uint8Array` is bytes, `end` is FIN, `close` is a reset. */
export type WireMessage = Uint8Array | 'end' | 'close'

/** The server's end of a connection. */
export interface Wire {
  send(bytes: Uint8Array): void
  /** No more bytes; the connection is done. */
  end(): void
}

/**
 * Serves one connection.
 * @param bytes called with what the client sends, in order
 * @param gone called once, when the client is done or went away
 */
export function serveWire(port: MessagePort, bytes: (chunk: Uint8Array) => void, gone: () => void): Wire {
  let open = true
  const finish = () => {
    if (!open) return
    open = false
    gone()
    port.close()
  }
  port.onmessage = ({ data }: MessageEvent<WireMessage>) => {
    if (typeof data === 'string') finish()
    else bytes(data)
  }
  return {
    send: (chunk) => {
      if (open) port.postMessage(chunk satisfies WireMessage)
    },
    end: () => {
      if (open) port.postMessage('end' satisfies WireMessage)
      finish()
    },
  }
}
