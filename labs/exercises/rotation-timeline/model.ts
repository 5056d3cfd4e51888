/**
 * Every order of three requests, and what must hold in each. The learner's state is never looked into: what a token is worth is found out by
 * presenting it. Since `rotate` is pure, that disturbs nothing.
 */
import type { Call } from '../../../workbook/grader/index.ts'
import type { TimelineEvent } from './timeline.ts'

/** What a request is, told from the answers before it. */
export type Kind =
  /** A token that was never used. */
  | 'refresh'
  /** Strict: a used token that was sent after its use. */
  | 'reuse'
  /** Strict: a used token that was sent before its use. */
  | 'raced'
  /** A used token in its grace, no successor of it used; or the token that was answered then. */
  | 'heal'
  /** A used token after its grace. */
  | 'late'
  /** A used token in its grace, when a successor was used. */
  | 'acknowledged'
  /** A token whose sibling was used. */
  | 'fork'
  /** Anything, after a reuse. */
  | 'ended'

/** Something that must not be. */
export interface Violation {
  kind: Kind
  status: number
  /** The shortest way there; its last event is the one that is wrong. */
  events: TimelineEvent[]
  /** It was refused, and the newest token refreshes on. */
  livesOn?: boolean
  /** It was refused without an alarm, and the state is another one. */
  changed?: boolean
  /** How often the token was answered in its grace before. */
  replays: number
  /** Uses between the token and the newest one. */
  generations: number
  /** The token in the answer is known, and is no successor of the one that was sent. */
  wrongToken?: boolean
}

export interface Findings {
  /** For each kind the first violation, of the shortest ones. */
  violations: Map<Kind, Violation[]>
  /** Orders that were gone through to their end. */
  orders: number
  /** Requests of each kind that were answered as they should. */
  held: Map<Kind, number>
}

/** Seconds; between the sums of the steps, so that nothing happens just at its end. */
export const GRACE = 2.5
/** Seconds between two requests: in the grace, still in it, beyond it. */
const STEPS = [1, 2, 3]
const REQUESTS = 3
/** When every token is presented once more, seconds after the last request. */
const AFTERWARDS = [1, 2]

/** A state of the learner's, with what came out of it so far: no call is made twice. */
class Node {
  readonly #next = new Map<string, Promise<Reply>>()
  readonly #call: Call
  readonly #grace: number
  readonly state: unknown

  constructor(call: Call, grace: number, state: unknown) {
    this.#call = call
    this.#grace = grace
    this.state = state
  }

  ask(token: string, now: number, sent: number, fresh: string): Promise<Reply> {
    const key = `${token} ${now} ${sent}`
    const known = this.#next.get(key) ?? this.#ask(token, now, sent, fresh)
    this.#next.set(key, known)
    return known
  }

  async #ask(token: string, now: number, sent: number, fresh: string): Promise<Reply> {
    const outcome = await this.#call('rotate', this.state, token, now, { grace: this.#grace, sent, fresh })
    if ('thrown' in outcome) return { status: 0, trouble: `threw ${outcome.thrown.name}`, node: this }
    const value = (outcome.value ?? {}) as { state?: unknown; answer?: { status?: unknown; token?: unknown } }
    const status = value.answer?.status
    const given = value.answer?.token
    const whole = typeof status === 'number' && 'state' in value && (status !== 200 || typeof given === 'string')
    if (!whole) return { status: 0, trouble: 'no answer', node: this }
    const node = new Node(this.#call, this.#grace, value.state)
    return status === 200 ? { status, token: given as string, node } : { status, node }
  }
}

interface Reply {
  status: number
  token?: string
  trouble?: string
  node: Node
}

interface Known {
  parent?: string
  usedAt?: number
  /** Answered in the grace of its parent. */
  healed?: boolean
  replays: number
}

/** A request that is under way. */
interface Flight {
  client: string
  token: string
  sent: number
}

interface World {
  node: Node
  at: number
  events: TimelineEvent[]
  /** Tokens in the order of issue. */
  tokens: Map<string, Known>
  /** What each client could present: its newest last. */
  holds: Record<string, string[]>
  flights: Flight[]
  requests: number
  ended: boolean
  /** Both designs are right from here on, so nothing is asked any more. */
  open: boolean
}

/** The first node: a family just after its sign-in. */
export async function start(call: Call, grace: number, names: readonly string[]): Promise<Node | undefined> {
  const outcome = await call('signIn', names[0])
  return 'value' in outcome ? new Node(call, grace, outcome.value) : undefined
}

/**
 * Goes through every order of three requests: two tabs with the token of one jar, and a thief with a copy; each reply to tab A may be lost. With a
 * grace each request is decided at once, at times around the grace. Without one, requests wait for their turn, so that each order of
 * arriving and being decided happens. In the end every token is presented once more.
 * @param names of tokens, never seen before; the first is that of the sign-in
 */
export async function explore(root: Node, grace: number, names: readonly string[]): Promise<Findings> {
  const findings: Findings = { violations: new Map(), orders: 0, held: new Map() }
  const jar = [names[0] as string]
  let level: World[] = [
    {
      node: root,
      at: 0,
      events: [],
      tokens: new Map([[jar[0] as string, { replays: 0 }]]),
      holds: { 'tab A': jar, 'tab B': jar, thief: jar },
      flights: [],
      requests: 0,
      ended: false,
      open: false,
    },
  ]
  while (level.length > 0) {
    // Side by side: the answers travel between programs.
    const next = await Promise.all(level.map((world) => follow(world, grace, names, findings)))
    level = next.flat()
  }
  return findings
}

/** The worlds that come after one. */
async function follow(world: World, grace: number, names: readonly string[], findings: Findings): Promise<World[]> {
  if (world.open) return []
  const decide = (flight: Flight, now: number, lost = false) =>
    decided(world, flight, now, lost, grace, names, findings)
  const over = world.requests === REQUESTS && world.flights.length === 0
  if (over) {
    findings.orders++
    const all = [...world.tokens.keys()].flatMap((token) =>
      AFTERWARDS.map((step) => ({ client: 'afterwards', token, sent: world.at + step })),
    )
    await Promise.all(all.map((flight) => decide(flight, flight.sent)))
    return []
  }
  const next: Promise<World[]>[] = []
  for (const client of Object.keys(world.holds)) {
    if (world.requests === REQUESTS || world.flights.some((flight) => flight.client === client)) continue
    const held = world.holds[client] ?? []
    for (const token of client === 'thief' ? held : held.slice(-1)) {
      if (grace === 0) {
        const sent = world.at + 1
        const flights = [...world.flights, { client, token, sent }]
        next.push(Promise.resolve([{ ...world, at: sent, flights, requests: world.requests + 1 }]))
        continue
      }
      const flying = { ...world, requests: world.requests + 1 }
      for (const step of world.events.length === 0 ? [1] : STEPS)
        for (const lost of client === 'tab A' ? [false, true] : [false]) {
          const now = world.at + step
          next.push(decided(flying, { client, token, sent: now }, now, lost, grace, names, findings))
        }
    }
  }
  for (const flight of world.flights)
    for (const lost of flight.client === 'tab A' ? [false, true] : [false])
      next.push(decide(flight, world.at + 1, lost))
  return (await Promise.all(next)).flat()
}

/** One request is decided. @returns the world after it; none where something is wrong, which is noted */
async function decided(
  world: World,
  flight: Flight,
  now: number,
  lost: boolean,
  grace: number,
  names: readonly string[],
  findings: Findings,
): Promise<World[]> {
  const { token, client, sent } = flight
  const fresh = names[world.tokens.size] as string
  const reply = await world.node.ask(token, now, sent, fresh)
  // Only an answer with a token can be missed.
  if (lost && reply.status !== 200) return []
  const kind = kindOf(world, token, now, sent, grace)
  const tokens = new Map([...world.tokens].map(([name, known]) => [name, { ...known }]))
  const own = tokens.get(token) as Known
  const wrongToken = reply.status === 200 && !fits(tokens, token, reply.token as string, kind)
  if (reply.status === 200 && !tokens.has(reply.token as string))
    tokens.set(reply.token as string, { parent: token, healed: kind === 'heal', replays: 0 })
  const place = [...tokens.keys()].indexOf(reply.token ?? '') + 1
  const event: TimelineEvent = {
    client,
    sent,
    time: now,
    token: [...tokens.keys()].indexOf(token) + 1,
    answer: {
      status: reply.status,
      ...(place > 0 ? { token: place } : {}),
      ...(reply.trouble === undefined ? {} : { trouble: reply.trouble }),
    },
    ...(lost ? { lost } : {}),
  }
  const events = [...world.events, event]
  const wrong = (more: Partial<Violation> = {}): World[] => {
    const found = findings.violations.get(kind) ?? []
    const generations = generationsAfter(tokens, token)
    found.push({ kind, status: reply.status, events, replays: own.replays, generations, ...more })
    findings.violations.set(kind, found)
    return []
  }
  const wanted = WANTED[kind]
  if (wanted === 'none' ? reply.status === 200 || reply.status === 0 : reply.status !== wanted) return wrong()
  if (wrongToken) return wrong({ wrongToken })

  const alarm = wanted === 401
  if (alarm) {
    const newest = [...world.tokens].findLast(([, known]) => known.usedAt === undefined)?.[0]
    const later = newest === undefined ? undefined : await reply.node.ask(newest, now, now, fresh)
    if (newest !== undefined && later?.status === 200) {
      const still = [...tokens.keys()].indexOf(newest) + 1
      const probe: TimelineEvent = { client: 'afterwards', sent: now, time: now, token: still, answer: { status: 200 } }
      return wrong({ livesOn: true, events: [...events, probe] })
    }
  }
  if (kind === 'raced' && (await changes(world, reply.node, token, now, fresh))) return wrong({ changed: true })

  findings.held.set(kind, (findings.held.get(kind) ?? 0) + 1)
  if (reply.status === 200) {
    if (own.usedAt === undefined) own.usedAt = now
    else own.replays++
  }
  const seen = reply.status === 200 && !lost ? [reply.token as string] : []
  const holds =
    client in world.holds ? { ...world.holds, [client]: [...(world.holds[client] ?? []), ...seen] } : world.holds
  return [
    {
      ...world,
      node: reply.node,
      at: now,
      events,
      tokens,
      holds,
      flights: world.flights.filter((other) => other !== flight),
      ended: world.ended || alarm,
      open: kind === 'fork',
    },
  ]
}

/** The answer that each kind must get; `none`: a refusal of any sort. */
const WANTED: Record<Kind, number | 'none'> = {
  refresh: 200,
  heal: 200,
  reuse: 401,
  late: 401,
  acknowledged: 401,
  raced: 409,
  fork: 'none',
  ended: 'none',
}

function kindOf({ tokens, ended }: World, token: string, now: number, sent: number, grace: number): Kind {
  const own = tokens.get(token) as Known
  if (ended) return 'ended'
  const used = (parent: string | undefined) =>
    [...tokens].some(([name, known]) => name !== token && known.parent === parent && known.usedAt !== undefined)
  if (own.usedAt === undefined) {
    if (own.parent !== undefined && used(own.parent)) return 'fork'
    return own.healed ? 'heal' : 'refresh'
  }
  if (grace === 0) return sent <= own.usedAt ? 'raced' : 'reuse'
  if (now - own.usedAt > grace) return 'late'
  return used(token) ? 'acknowledged' : 'heal'
}

/** A first use gives a token that nobody had; in the grace it may also be a successor that was given before. */
function fits(tokens: Map<string, Known>, sent: string, given: string, kind: Kind): boolean {
  if (!tokens.has(given)) return true
  return kind === 'heal' && tokens.get(given)?.parent === sent && tokens.get(sent)?.usedAt !== undefined
}

/** How many uses lie behind the token, the first child counted at each. */
function generationsAfter(tokens: Map<string, Known>, token: string): number {
  const child = [...tokens].find(([, known]) => known.parent === token)?.[0]
  return child === undefined || child === token ? 0 : 1 + generationsAfter(tokens, child)
}

/** Does any token get another answer after a request than it would have got before? */
async function changes(world: World, after: Node, loser: string, now: number, fresh: string): Promise<boolean> {
  const usedAt = world.tokens.get(loser)?.usedAt ?? now
  const asked = [...world.tokens.keys()].flatMap((token) => [
    [token, now + 1, now + 1] as const,
    // Sent after the use, and before the loser was answered.
    [token, now + 1, usedAt + 0.5] as const,
  ])
  const differ = await Promise.all(
    asked.map(async ([token, then, sent]) => {
      const [one, other] = await Promise.all([
        world.node.ask(token, then, sent, fresh),
        after.ask(token, then, sent, fresh),
      ])
      return one.status !== other.status
    }),
  )
  return differ.includes(true)
}

/** The shortest violation of some kinds that a condition holds for. */
export function shortest(
  findings: readonly Findings[],
  kinds: readonly Kind[],
  holds: (violation: Violation) => boolean = () => true,
): Violation | undefined {
  const all = findings.flatMap((f) => kinds.flatMap((kind) => f.violations.get(kind) ?? [])).filter(holds)
  return all.toSorted((a, b) => a.events.length - b.events.length)[0]
}
