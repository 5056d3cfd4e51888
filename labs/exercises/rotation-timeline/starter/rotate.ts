/** What the server keeps. Yours to shape: the checks look at answers alone. */
export interface State {
  tokens: Record<string, Token>
}

interface Token {
  /** When it was used last, seconds. */
  usedAt?: number
}

export interface Options {
  /** Seconds in which a used token is still answered; 0 is strict. */
  grace: number
  /** When the request reached the server. It had to wait for its turn, so that is before `now`, or the same. */
  sent: number
  /** A random text nobody has seen: the new token, if you make one. */
  fresh: string
}

export type Answer = { status: 200; token: string } | { status: 401 | 409; code: string }

/** A family with its first token, at the sign-in. */
export function signIn(token: string): State {
  return { tokens: { [token]: {} } }
}

/**
 * One refresh. Nothing else happens between its lines: what it is given is the state before, what it returns the state after.
 * @param now seconds, by the one clock
 */
export function rotate(state: State, token: string, now: number, options: Options): { state: State; answer: Answer } {
  const known = state.tokens[token]
  if (known === undefined) return { state, answer: { status: 401, code: 'unknown' } }

  // Used, and not a moment ago: refuse it
  if (known.usedAt !== undefined && now - known.usedAt > options.grace)
    return { state, answer: { status: 401, code: 'refresh_reused' } }

  const tokens = { ...state.tokens, [token]: { usedAt: now }, [options.fresh]: {} }
  return { state: { tokens }, answer: { status: 200, token: options.fresh } }
}
