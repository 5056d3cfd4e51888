import type { ErrorRequestHandler, RequestHandler } from 'express'
import { errorFields, type Log } from '../log.ts'
import { Problem, sendProblem } from './problem.ts'

/** Stands after every route. */
export const notFound: RequestHandler = () => {
  throw new Problem(404, 'not_found', 'There is nothing at this address')
}

/** Stands last: turns whatever was thrown into an answer that says what the client needs and nothing about our insides. */
export function handleErrors(log: Log): ErrorRequestHandler {
  return (thrown, req, res, next) => {
    const problem = toProblem(thrown)
    if (problem.status >= 500) log.error('request failed', { requestId: req.requestId, ...errorFields(thrown) })
    if (res.headersSent) return next(thrown)
    sendProblem(res, problem)
  }
}

const REFUSALS: Record<number, Problem> = {
  400: new Problem(400, 'malformed_request', 'The request is malformed'),
  413: new Problem(413, 'payload_too_large', 'The body is too large'),
  415: new Problem(415, 'unsupported_media_type', 'The body must be JSON in UTF-8'),
}

/** Express and its body parser throw errors with a 4xx `status`. Their messages quote the body, so they are not passed on. */
function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  const status = thrown instanceof Error && 'status' in thrown ? Number(thrown.status) : 500
  if (status >= 400 && status < 500)
    return REFUSALS[status] ?? new Problem(status, 'refused', 'The request was refused')
  return new Problem(500, 'internal', 'Something went wrong on our side')
}
