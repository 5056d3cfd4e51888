/** What our middleware adds to a request. */
declare namespace Express {
  interface Request {
    /** The value of this response's X-Request-Id. */
    requestId: string
    /** Set by `requireAccount`. */
    account?: import('./auth/accounts.ts').Account
  }
}
