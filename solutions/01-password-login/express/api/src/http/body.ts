import express, { type RequestHandler } from 'express'
import { parseJson } from './json.ts'
import { Problem } from './problem.ts'

/** Reads a JSON body into `req.body`. Anything that is not declared as JSON is refused. */
export function jsonBody(): RequestHandler[] {
  return [requireJson, express.raw({ type: 'application/json', limit: '32kb' }), parse]
}

const requireJson: RequestHandler = (req, _res, next) => {
  if (req.is('application/json') === false) {
    throw new Problem(415, 'unsupported_media_type', 'The body must be JSON in UTF-8')
  }
  next()
}

const parse: RequestHandler = (req, _res, next) => {
  if (req.body !== undefined) req.body = parseJson(req.body)
  next()
}
