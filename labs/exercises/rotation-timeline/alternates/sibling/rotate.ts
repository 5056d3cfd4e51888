/** Each answer in the grace is a token of its own; the first of them that is used ends the others. */
interface Token {
  parent?: string
  usedAt?: number
}

export interface State {
  tokens: [name: string, token: Token][]
  revoked?: number
}

interface Options {
  grace: number
  sent: number
  fresh: string
}

export const signIn = (token: string): State => ({ tokens: [[token, {}]] })

export function rotate(before: State, name: string, now: number, { grace, sent, fresh }: Options) {
  const state = structuredClone(before)
  const tokens = new Map(state.tokens)
  const token = tokens.get(name)
  const end = (status: number, code: string) => ({ state: { ...state, tokens: [...tokens] }, answer: { status, code } })
  if (token === undefined || state.revoked !== undefined) return end(401, 'invalid')
  const children = (parent: string | undefined) => [...tokens].filter(([, t]) => t.parent === parent)

  const issue = () => {
    tokens.set(fresh, { parent: name })
    return { state: { ...state, tokens: [...tokens] }, answer: { status: 200, token: fresh } }
  }
  if (token.usedAt === undefined) {
    const siblings = children(token.parent).filter(([other]) => other !== name)
    if (token.parent !== undefined) for (const [other] of siblings) tokens.delete(other)
    token.usedAt = now
    return issue()
  }
  const acknowledged = children(name).some(([, child]) => child.usedAt !== undefined)
  const soon = now - token.usedAt <= grace
  if (grace > 0 && soon && !acknowledged) return issue()
  if (grace === 0 && sent <= token.usedAt) return end(409, 'refresh_raced')
  state.revoked = now
  return end(401, 'refresh_reused')
}
