/** One HTTP request and what came back, as evidence. */
export interface Exchange {
  method: string
  /** Absolute URL. */
  url: string
  requestHeaders: Record<string, string>
  /** Request body as sent; cut at 2 kB for keeping. */
  requestBody?: string
  /** Missing when no whole answer came: then `trouble` says why. */
  response?: Answer
  trouble?: Trouble
  /** Milliseconds from sending to the end of the answer. */
  ms: number
  /** Epoch milliseconds of sending. */
  at: number
}

export interface Answer {
  status: number
  /** Lower-case names; several values joined by `, `. */
  headers: Record<string, string>
  /** Lower-case names, sorted, each once. */
  headerNames: string[]
  /** The `Set-Cookie` fields, each as it came, where there are any: joined they cannot be told apart, a date holds a comma. */
  setCookies?: string[]
  body: string
  /** The parsed body, or undefined when it is no JSON. */
  json: unknown
}

/** Why there is no answer. */
export type Trouble =
  | { kind: 'refused'; text: string }
  | { kind: 'closed'; text: string }
  | { kind: 'timeout'; text: string }
  /** We gave up, because the whole check took too long. */
  | { kind: 'aborted'; text: string }
  /** The check broke the connection off, on purpose: no evidence of anything. */
  | { kind: 'abandoned'; text: string }
  | { kind: 'too-large'; text: string }
  | { kind: 'invalid'; text: string }

/** `POST /api/auth/login` */
export function actOf(exchange: Exchange): string {
  return `${exchange.method} ${new URL(exchange.url).pathname}`
}

/** What came back, in one short line; secrets shortened. */
export function receivedOf(exchange: Exchange): string {
  if (exchange.response === undefined) return exchange.trouble?.text ?? 'nothing'
  const { status, body, headers } = exchange.response
  const type = headers['content-type'] ?? 'no content type'
  const shown = exchange.response.json === undefined ? `${type.split(';')[0]}: ${body}` : body
  return `${status} ${cut(shorten(shown), 220)}`.trim()
}

/** The request as a command that can be pasted into a shell. */
export function curlOf(exchange: Exchange): string {
  const quote = (s: string) => `'${s.replaceAll("'", `'\\''`)}'`
  const headers = Object.entries(exchange.requestHeaders).filter(([name]) =>
    ['authorization', 'content-type', 'cookie', 'x-request-id'].includes(name),
  )
  const words = [
    'curl',
    '-i',
    '-X',
    exchange.method,
    quote(exchange.url),
    ...headers.map(([n, v]) => `-H ${quote(`${n}: ${shorten(v)}`)}`),
  ]
  // curl adds a content type of its own to a body; `--data-raw` takes a leading @ as it is.
  if (exchange.requestBody !== undefined && exchange.requestHeaders['content-type'] === undefined)
    words.push(`-H 'content-type:'`)
  if (exchange.requestBody !== undefined) words.push(`--data-raw ${quote(clip(exchange.requestBody, 400))}`)
  return words.join(' ')
}

/** Cuts long opaque values (tokens, hashes) so that evidence stays readable and a copied log is of no use to a thief. */
export function shorten(text: string): string {
  return text.replace(/[A-Za-z0-9_\-+/=.]{32,}/g, (s) => `${s.slice(0, 4)}…(${s.length})`)
}

const clip = (text: string, limit: number) => (text.length > limit ? `${text.slice(0, limit)}…` : text)

/** At most `limit` characters, with the length of the whole where it was cut; control characters made visible. */
export function cut(text: string, limit: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a learner's server may print terminal sequences; they must not reach the terminal
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) =>
    c === '\n' ? '⏎' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return plain.length > limit ? `${plain.slice(0, limit - 1)}… (${plain.length} characters)` : plain
}
