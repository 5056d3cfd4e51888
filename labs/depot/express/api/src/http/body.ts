import express, { type RequestHandler } from 'express'
import { Problem } from './problem.ts'

/** Reads a JSON body into `req.body`. Anything that is not declared as JSON is refused. */
export function jsonBody(): RequestHandler[] {
  return [requireJson, express.json({ limit: '100kb' })]
}

const requireJson: RequestHandler = (req, _res, next) => {
  if (req.is('application/json') === false) {
    throw new Problem(415, 'unsupported_media_type', 'The body must be JSON in UTF-8')
  }
  next()
}
