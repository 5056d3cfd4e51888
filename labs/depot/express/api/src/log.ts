/** Fields of a log line. Never a request's body, header or query: a password or token may be in any of them. */
export type Fields = Record<string, unknown>

type Level = 'info' | 'warn' | 'error'

/** Writes one JSON object a line. */
export type Log = Record<Level, (msg: string, fields?: Fields) => void>

/** A log on stdout, or on `write`. */
export function createLog(write: (line: string) => void = (line) => process.stdout.write(line)): Log {
  const at = (level: Level) => (msg: string, fields?: Fields) => {
    write(`${JSON.stringify({ time: new Date().toISOString(), level, msg, ...fields })}\n`)
  }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** What is worth keeping of something that was thrown. */
export function errorFields(thrown: unknown): Fields {
  if (!(thrown instanceof Error)) return { error: typeof thrown }
  const { name, stack } = thrown
  return { error: name, code: 'code' in thrown ? thrown.code : undefined, stack }
}
