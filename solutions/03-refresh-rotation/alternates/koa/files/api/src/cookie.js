// Koa's own cookies refuse `Secure` on a connection without TLS, which is what an API behind an edge has.
const NAME = '__Host-depot-refresh'
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/** The refresh token in the request's cookies, or undefined. */
export function readCookie(ctx) {
  const pairs = ctx.get('cookie').split(';')
  const pair = pairs.map((text) => text.trim()).find((text) => text.startsWith(`${NAME}=`))
  return pair?.slice(NAME.length + 1)
}

export const setCookie = (ctx, token, seconds) =>
  ctx.append('Set-Cookie', `${NAME}=${token}; ${ATTRIBUTES}; Max-Age=${seconds}`)

export const clearCookie = (ctx) =>
  ctx.append('Set-Cookie', `${NAME}=; ${ATTRIBUTES}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`)
