/** What the server keeps. Yours to shape: the checks look at answers alone. */
export interface State {
  ended: boolean
  tokens: Record<string, Token>
}

interface Token {
  /** When it was used first, seconds. */
  usedAt?: number
  /** What the first use was answered with. */
  successor?: string
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
  return { ended: false, tokens: { [token]: {} } }
}

/**
 * One refresh. Nothing else happens between its lines: what it is given is the state before, what it returns the state after.
 * @param now seconds, by the one clock
 */
export function rotate(state: State, token: string, now: number, options: Options): { state: State; answer: Answer } {
  const refused = (code: string) => ({ state, answer: { status: 401, code } as const })
  const known = state.tokens[token]
  if (known === undefined) return refused('unknown')
  if (state.ended) return refused('ended')

  // First use: consumed here, once
  if (known.usedAt === undefined) {
    const used = { usedAt: now, successor: options.fresh }
    const tokens = { ...state.tokens, [token]: used, [options.fresh]: {} }
    return { state: { ...state, tokens }, answer: { status: 200, token: options.fresh } }
  }

  // A lost reply: the parent, soon, and nobody has used its successor
  const successor = known.successor ?? ''
  const acknowledged = state.tokens[successor]?.usedAt !== undefined
  if (options.grace > 0 && now - known.usedAt <= options.grace && !acknowledged)
    return { state, answer: { status: 200, token: successor } }

  // Strict: under way before anybody could know. It changes nothing
  if (options.grace === 0 && options.sent <= known.usedAt)
    return { state, answer: { status: 409, code: 'refresh_raced' } }

  return { state: { ...state, ended: true }, answer: { status: 401, code: 'refresh_reused' } }
}
