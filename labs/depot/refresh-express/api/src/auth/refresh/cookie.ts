import type { CookieOptions, Request, Response } from 'express'

const NAME = '__Host-depot_refresh'

/**
 * One object for setting and for clearing: a browser keeps cookies apart by their attributes, and one that is cleared with
 * another path stays. A name with `__Host-` is taken only with Secure, with the path `/` and without a domain.
 */
const ATTRIBUTES: CookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' }

/** The refresh token in the request's cookies. */
export function readRefreshCookie(req: Request): string | undefined {
  const cookies = (req.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  return cookies.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1) || undefined
}

/** Gives the browser a refresh token. How long it is good for is the server's affair, so the cookie does not say. */
export function setRefreshCookie(res: Response, token: string): void {
  res.cookie(NAME, token, ATTRIBUTES)
}

/** Takes the browser's refresh token away. */
export function clearRefreshCookie(res: Response): void {
  res.clearCookie(NAME, ATTRIBUTES)
}
