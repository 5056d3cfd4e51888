/**
 * What Redis does with families, as Lua: nothing else runs between the lines of a script, so each of them is one step for all
 * replicas. All instants are milliseconds of Redis' own clock.
 *
 *   depot:token:<SHA-256>   hash: family, created, used, child (its SHA-256)
 *   depot:sealed:<SHA-256>  a token, encrypted for the bearer of its parent; lives as long as the grace
 *   depot:family:<id>       hash: user, created, ends, lastUsed, revoked (why)
 *   depot:user:<id>         set of the ids of the account's families
 *
 * The absolute life is a time to live, set once: a family that is found has not reached its end. Used tokens live just as long,
 * for a forgotten one would be unknown, and raise no alarm. Keys are put together from what is found, so this is for one server, not for a cluster.
 */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/** KEYS: family, user, token. ARGV: family id, user id, absolute life in ms. */
export const BEGIN = `${NOW}
local ends = now + ARGV[3]
redis.call('HSET', KEYS[1], 'user', ARGV[2], 'created', now, 'ends', ends, 'lastUsed', now)
redis.call('PEXPIREAT', KEYS[1], ends)
redis.call('HSET', KEYS[3], 'family', ARGV[1], 'created', now)
redis.call('PEXPIREAT', KEYS[3], ends)
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIREAT', KEYS[2], ends)
return 'OK'
`

/**
 * KEYS: token. ARGV: SHA-256 of the child, the child sealed, idle life in ms, grace in ms.
 * Gives `invalid`; or `rotated` and the family; or `again`, the family and the sealed child; or `reused`, the family and the user.
 */
export const ROTATE = `${NOW}
local token = redis.call('HMGET', KEYS[1], 'family', 'created', 'used', 'child')
if not token[1] then return {'invalid'} end
local family = 'depot:family:' .. token[1]
local state = redis.call('HMGET', family, 'user', 'ends', 'revoked')
if not state[1] or state[3] then return {'invalid'} end

if not token[3] then
  if tonumber(token[2]) + ARGV[3] <= now then return {'invalid'} end
  local child = 'depot:token:' .. ARGV[1]
  redis.call('HSET', KEYS[1], 'used', now, 'child', ARGV[1])
  -- The use says that the reply with this token arrived: the grace of its parent is over.
  redis.call('DEL', 'depot:sealed:' .. string.sub(KEYS[1], 13))
  redis.call('HSET', child, 'family', token[1], 'created', now)
  redis.call('PEXPIREAT', child, state[2])
  if tonumber(ARGV[4]) > 0 then redis.call('SET', 'depot:sealed:' .. ARGV[1], ARGV[2], 'PX', ARGV[4]) end
  redis.call('HSET', family, 'lastUsed', now)
  return {'rotated', token[1]}
end

local sealed = redis.call('GET', 'depot:sealed:' .. token[4])
if sealed then return {'again', token[1], sealed} end
redis.call('HSET', family, 'revoked', 'reuse')
return {'reused', token[1], state[1]}
`

/** KEYS: family. ARGV: user id or nothing, reason. Gives 1 if it lived, and was this user's. */
export const END = `
local state = redis.call('HMGET', KEYS[1], 'user', 'revoked')
if not state[1] or state[2] then return 0 end
if ARGV[1] ~= '' and state[1] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revoked', ARGV[2])
return 1
`

/** KEYS: user. ARGV: family to spare or nothing, reason. */
export const END_ALL = `
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local family = 'depot:family:' .. id
  -- One that expired must not come back to life as a hash with a reason and no end.
  if id ~= ARGV[1] and redis.call('EXISTS', family) == 1 then redis.call('HSETNX', family, 'revoked', ARGV[2]) end
end
return 'OK'
`

/** KEYS: user. ARGV: idle life in ms. Gives id, begin and last use of each family that can be refreshed. */
export const LIST = `${NOW}
local list = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local state = redis.call('HMGET', 'depot:family:' .. id, 'created', 'lastUsed', 'revoked')
  if not state[1] then
    redis.call('SREM', KEYS[1], id)
  elseif not state[3] and tonumber(state[2]) + ARGV[1] > now then
    list[#list + 1] = {id, state[1], state[2]}
  end
end
return list
`
