/** The state is what happened, and everything else is read from it. */
type Event =
  | { type: 'issued'; token: string; for?: string }
  | { type: 'used'; token: string; at: number }
  | { type: 'reuse'; token: string; at: number }

type Answer = { status: 200; token: string } | { status: 401 | 409; code: string }

export const signIn = (token: string): Event[] => [{ type: 'issued', token }]

export function rotate(
  log: Event[],
  token: string,
  now: number,
  options: { grace: number; sent: number; fresh: string },
): { state: Event[]; answer: Answer } {
  const after = (events: Event[], answer: Answer) => ({ state: [...log, ...events], answer })
  const firstUse = (name: string) => log.find((event) => event.type === 'used' && event.token === name)
  const successor = log.find((event) => event.type === 'issued' && event.for === token)

  if (!log.some((event) => event.type === 'issued' && event.token === token))
    return after([], { status: 401, code: 'unknown' })
  if (log.some((event) => event.type === 'reuse')) return after([], { status: 401, code: 'ended' })

  const use = firstUse(token)
  if (use?.type !== 'used')
    return after(
      [
        { type: 'used', token, at: now },
        { type: 'issued', token: options.fresh, for: token },
      ],
      { status: 200, token: options.fresh },
    )

  const strict = options.grace === 0
  if (strict && options.sent <= use.at) return after([], { status: 409, code: 'refresh_raced' })
  const inGrace = !strict && now <= use.at + options.grace
  if (inGrace && successor !== undefined && firstUse(successor.token) === undefined)
    return after([], { status: 200, token: successor.token })
  return after([{ type: 'reuse', token, at: now }], { status: 401, code: 'refresh_reused' })
}
