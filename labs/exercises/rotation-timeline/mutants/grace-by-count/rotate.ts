export interface State {
  ended: boolean
  tokens: Record<string, Token>
}

interface Token {
  usedAt?: number
  successor?: string
}

export interface Options {
  grace: number
  sent: number
  fresh: string
}

export type Answer = { status: 200; token: string } | { status: 401 | 409; code: string }

export function signIn(token: string): State {
  return { ended: false, tokens: { [token]: {} } }
}

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
  if (options.grace > 0 && !acknowledged) return { state, answer: { status: 200, token: successor } }

  // Strict: under way before anybody could know. It changes nothing
  if (options.grace === 0 && options.sent <= known.usedAt)
    return { state, answer: { status: 409, code: 'refresh_raced' } }

  return { state: { ...state, ended: true }, answer: { status: 401, code: 'refresh_reused' } }
}
