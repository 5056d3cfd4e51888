/** What the contract leaves free, changed on the way: a right program stays right. */
import type { Stack } from '../stack/types.ts'
import type { Tree } from '../workspace/materialise.ts'
import type { Alterations } from './program.ts'
import { type ProxyOptions, pairs, proxied, type Reply } from './proxy.ts'

export interface Benign {
  id: string
  about: string
  alterations: Alterations
  /** The variation itself keeps the grader from a second network address. */
  oneAddress?: true
}

const through = (options: ProxyOptions): Alterations => ({ around: (stack: Stack) => proxied(stack, options) })

/** Milliseconds that a slow start takes. */
const SLOW_START = 3_000
const LATENCY = 200

export const benignVariants: Benign[] = [
  {
    id: 'key-order',
    about: 'members of every JSON object in reverse order',
    alterations: through({ change: reversed }),
  },
  {
    id: 'extra-fields',
    about: 'more members in every answer that is a success',
    alterations: through({ change: more }),
  },
  {
    id: 'header-case',
    about: 'header names in capitals, and two more headers',
    alterations: through({ change: shouting }),
  },
  { id: 'latency', about: `every answer ${LATENCY} ms later`, alterations: through({ delay: LATENCY }) },
  {
    id: 'ipv6',
    about: 'the address ::1, and another port',
    alterations: through({ host: '::1', name: '[::1]' }),
    oneAddress: true,
  },
  { id: 'both-families', about: 'listening on :: for IPv4 and IPv6', alterations: through({ host: '::' }) },
  { id: 'slow-start', about: `${SLOW_START / 1000} s until it listens`, alterations: { tree: slowly } },
]

/** Every object of a JSON body with its members in reverse. */
export function reversed(reply: Reply): Reply {
  return withJson(reply, (value) => turned(value))
}

function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turned(inner)]),
  )
}

/** Members that no clause knows, in bodies of 2xx. */
export function more(reply: Reply): Reply {
  if (reply.status < 200 || reply.status > 299) return reply
  return withJson(reply, (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { _links: { self: { href: '/' } }, apiVersion: 7, ...value, deprecated: null }
      : value,
  )
}

/** Header names are compared without case, and unknown ones mean nothing. */
export function shouting(reply: Reply): Reply {
  const headers = pairs(reply.headers).flatMap(([name, value]) => [name.toUpperCase(), value])
  return { ...reply, headers: [...headers, 'X-POWERED-BY', 'Depot', 'SERVER-TIMING', 'app;dur=1'] }
}

function withJson(reply: Reply, change: (value: unknown) => unknown): Reply {
  let value: unknown
  try {
    value = JSON.parse(reply.body.toString('utf8'))
  } catch {
    return reply
  }
  const body = Buffer.from(JSON.stringify(change(value)))
  const headers = pairs(reply.headers).filter(([name]) => !/^content-length$/i.test(name))
  return { ...reply, headers: [...headers.flat(), 'Content-Length', String(body.length)], body }
}

/** The program, begun late. */
function slowly(tree: Tree): void {
  const file = tree.get('course.json')
  const course = JSON.parse(file?.content.toString('utf8') ?? '{}') as { run?: { api?: string[] } }
  const api = ['node', '--eval', `setTimeout(() => import('./src/server.ts'), ${SLOW_START})`]
  const content = Buffer.from(JSON.stringify({ ...course, run: { ...course.run, api } }))
  tree.set('course.json', { content, executable: false })
}
