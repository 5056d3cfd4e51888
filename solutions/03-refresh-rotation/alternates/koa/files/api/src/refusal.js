/** Thrown to refuse a request. */
export class Refusal extends Error {
  constructor(status, code, title, headers = {}) {
    super(title)
    Object.assign(this, { status, code, headers })
  }

  /** The body of the answer (RFC 9457). */
  toString() {
    return JSON.stringify({ type: 'about:blank', status: this.status, title: this.message, code: this.code })
  }
}
