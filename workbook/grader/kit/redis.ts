/** A Redis as checks see it: everything in it, as text. */
import type { RedisAccess, RedisReply } from '../../stack/types.ts'

/** Keys that one SCAN looks at. */
const STEP = '500'

/** Every key with its value as text, in the order of their names. Keys that end while it is read are left out. */
export async function dumpRedis(redis: Pick<RedisAccess, 'send'>): Promise<{ key: string; value: string }[]> {
  const found: { key: string; value: string }[] = []
  for (const key of await keysOf(redis)) {
    const value = await textOf(redis, key)
    if (value !== undefined) found.push({ key, value })
  }
  return found
}

async function keysOf(redis: Pick<RedisAccess, 'send'>): Promise<string[]> {
  const keys = new Set<string>()
  let cursor = '0'
  do {
    const [next, some] = (await redis.send('SCAN', cursor, 'COUNT', STEP)) as [string, string[]]
    for (const key of some) keys.add(key)
    cursor = String(next)
  } while (cursor !== '0')
  return [...keys].sort()
}

async function textOf(redis: Pick<RedisAccess, 'send'>, key: string): Promise<string | undefined> {
  const type = await redis.send('TYPE', key)
  const read: Record<string, string[]> = {
    string: ['GET', key],
    hash: ['HGETALL', key],
    list: ['LRANGE', key, '0', '-1'],
    set: ['SMEMBERS', key],
    zset: ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
    stream: ['XRANGE', key, '-', '+'],
  }
  if (type === 'none') return undefined
  const words = read[String(type)]
  // A type of a module: what it holds cannot be told in general, and DUMP holds it as bytes.
  const reply = await redis.send(...(words ?? ['DUMP', key]))
  return reply === null ? undefined : flat(reply).join('\n')
}

const flat = (reply: RedisReply): string[] => (Array.isArray(reply) ? reply.flatMap(flat) : [String(reply ?? '')])
