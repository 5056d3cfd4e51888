/** A database connection into a container without a published port: one long-lived psql under `docker exec`. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { SqlConnection } from '../types.ts'

/** Opens a connection as owner. `id`: the database's container; `user` and `database` as the container's environment names them. */
export function openPsql(id: string, user: string, database: string): SqlConnection {
  const child = spawn(
    'docker',
    [
      'exec',
      '-i',
      id,
      'sh',
      '-c',
      `exec psql -X -q -A -t -v ON_ERROR_STOP=0 -U "$1" -d "$2" 2>&1`,
      'sh',
      user,
      database,
    ],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  )
  let buffer = ''
  let waiting: { mark: string; resolve: (text: string) => void; reject: (error: Error) => void } | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let ended: Error | undefined
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    buffer += text
    if (waiting === undefined) return
    const at = buffer.indexOf(waiting.mark)
    if (at < 0) return
    const { resolve, mark } = waiting
    const answer = buffer.slice(0, at)
    buffer = buffer.slice(at + mark.length + 1)
    waiting = undefined
    resolve(answer)
  })
  const end = (error: Error) => {
    ended ??= error
    waiting?.reject(ended)
    waiting = undefined
  }
  child.on('error', end)
  child.on('exit', (code) =>
    end(new Error(`the connection to the database ended (psql exit ${code}) ${buffer.trim().slice(0, 200)}`)),
  )
  child.stdin.on('error', () => {})

  const send = (text: string): Promise<string> => {
    const mine = queue.then(
      () =>
        new Promise<string>((resolve, reject) => {
          if (ended) return reject(ended)
          const mark = `--${randomBytes(8).toString('hex')}--`
          waiting = { mark, resolve, reject }
          child.stdin.write(`${text};\n\\echo ${mark}\n`)
        }),
    )
    queue = mine.catch(() => undefined)
    return mine
  }
  return {
    query: async (text) => {
      const rows = /^\s*select\b/i.test(text)
      const answer = await send(rows ? `SELECT coalesce(json_agg(q), '[]') FROM (${text}) q` : text)
      const error = /^(?:psql:[^\n]*?: )?(?:ERROR|FATAL): +(.*)$/m.exec(answer)
      if (error) throw new Error(error[1])
      return rows ? (JSON.parse(answer) as Record<string, unknown>[]) : []
    },
    close: async () => {
      ended ??= new Error('closed')
      child.stdin.end('\\q\n')
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      const timer = setTimeout(() => child.kill('SIGKILL'), 1_000)
      if (child.exitCode === null && child.signalCode === null) await gone
      clearTimeout(timer)
    },
  }
}
