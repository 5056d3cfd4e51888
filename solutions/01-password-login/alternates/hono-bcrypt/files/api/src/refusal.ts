/** Thrown to refuse a request; becomes a problem document (RFC 9457). */
export class Refusal extends Error {
  status: 400 | 401 | 409 | 413 | 415 | 422 | 429
  code: string
  headers: Record<string, string>

  constructor(status: Refusal['status'], code: string, title: string, headers: Record<string, string> = {}) {
    super(title)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** The document's text. */
export function problem(status: number, code: string, title: string): string {
  return JSON.stringify({ type: `https://depot.example/problems/${code}`, title, status, code })
}
