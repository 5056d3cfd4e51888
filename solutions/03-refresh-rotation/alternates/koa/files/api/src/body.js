import { Refusal } from './refusal.js'

const LIMIT = 32 * 1024
const bad = (title) => new Refusal(400, 'bad_request', title)

/** The request's JSON object; an empty one where there is no body at all. */
export async function readBody(ctx) {
  const chunks = []
  let size = 0
  try {
    for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > LIMIT) break
      chunks.push(chunk)
    }
  } catch {
    throw bad('The body did not arrive')
  }
  if (size > LIMIT) {
    ctx.set('Connection', 'close')
    throw new Refusal(413, 'too_large', 'The body is too large')
  }
  if (size === 0) return {}
  if (!ctx.is('application/json')) throw new Refusal(415, 'unsupported_type', 'The body must be JSON')
  let value
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch {
    throw bad('The body is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('The body is no JSON object')
  return value
}

/** These members, each a text that UTF-8 and the database can hold. */
export function texts(body, ...names) {
  for (const name of names) {
    const value = body[name]
    if (typeof value !== 'string' || !value.isWellFormed()) throw bad(`${name} must be a text`)
  }
  return body
}

/** The member `refreshToken`, or undefined where there is none. */
export const tokenIn = (body) =>
  body.refreshToken === undefined ? undefined : texts(body, 'refreshToken').refreshToken
