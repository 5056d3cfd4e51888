import type { Response } from 'express'

/** A refusal that the client is told about: thrown anywhere, answered by `handleErrors`. The title is for people. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, title: string, headers: Record<string, string> = {}) {
    super(title)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** The body of an error answer (RFC 9457, with `code` for programs). */
export function problemBody({ status, message, code }: Problem): string {
  return JSON.stringify({ status, title: message, code })
}

export function sendProblem(res: Response, problem: Problem): void {
  res.status(problem.status).set(problem.headers).type('application/problem+json').send(problemBody(problem))
}
