import { Refusal } from './refusal.js'
import { findLiving } from './sessions.js'
import { readAccess } from './tokens.js'

const challenge = (value) => ({ 'WWW-Authenticate': value })

/** Lets a request pass that has the access token of a living session, and puts the session into `ctx.state.session`. */
export async function signedIn(ctx, next) {
  const fields = ctx.req.headersDistinct.authorization ?? []
  if (fields.length > 1) throw new Refusal(400, 'bad_request', 'There is more than one Authorization')
  const [, token] = /^bearer(?: (.*))?$/i.exec(fields[0] ?? '') ?? []
  if (token === undefined) throw new Refusal(401, 'unauthenticated', 'Sign in first', challenge('Bearer'))
  const claims = await readAccess(token)
  ctx.state.session = claims && (await findLiving(claims))
  if (ctx.state.session === undefined) {
    throw new Refusal(401, 'token_refused', 'This access token is not good', challenge('Bearer error="invalid_token"'))
  }
  await next()
}
