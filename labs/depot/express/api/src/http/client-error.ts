import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Log } from '../log.ts'
import { Problem, problemBody } from './problem.ts'

/** Answers what Node's HTTP parser gives up on, before there is a request: it gets the same shape as any other error. */
export function answerClientError(log: Log): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const problem =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? new Problem(431, 'headers_too_large', 'The header fields are too large')
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? new Problem(408, 'request_timeout', 'The request took too long to arrive')
          : new Problem(400, 'malformed_request', 'The request is malformed')
    const requestId = randomUUID()
    const body = problemBody(problem)
    log.info('request', { requestId, status: problem.status, code: error.code })
    socket.end(
      `HTTP/1.1 ${problem.status} Refused\r\nX-Request-Id: ${requestId}\r\nContent-Type: application/problem+json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
  }
}
