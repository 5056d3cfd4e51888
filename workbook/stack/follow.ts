/** The output of a running lab's services, line by line as it comes: for people. Checks read `Stack.logs`. */
import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { StringDecoder } from 'node:string_decoder'
import type { Places } from './files.ts'
import { sizeOf } from './log-file.ts'
import type { Transport } from './types.ts'

export interface LogLine {
  service: string
  text: string
}

/** So much of what was printed before is told first. */
const TAIL_LINES = 200
const TAIL_BYTES = 64_000
const POLL_MS = 300
/** Lines of containers are told together, so often: one by one they would be thousands of events. */
const FLUSH_MS = 100
/** Of more than so many only the last are told. */
const FLUSH_LINES = 2_000
/** Between two tries to listen to containers: a stack that is being made anew has none for a moment. */
const AGAIN_MS = 1_000
/** A line longer than this is cut: nobody reads it, and a page would choke on it. */
const LINE_LIMIT = 4_000

/** Tells lines until the signal: the last ones that are there, then each new one. Never throws; what cannot be read is silent. */
export async function followLogs(
  places: Places,
  stack: { name: string; transport: Transport },
  onLines: (lines: LogLine[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const tell = (lines: LogLine[]) => {
    const cut = lines
      .filter((line) => line.text.trim() !== '')
      .map(({ service, text }) => ({
        service,
        text: text.length > LINE_LIMIT ? `${text.slice(0, LINE_LIMIT)}…` : text,
      }))
    if (cut.length > 0 && !signal.aborted) onLines(cut)
  }
  if (stack.transport === 'container') return followContainers(stack.name, tell, signal)
  const folder = path.join(places.state, 'logs', stack.name)
  await Promise.all(
    ['db', 'redis', 'api', 'edge'].map((service) =>
      followFile(
        path.join(folder, `${service}.log`),
        (lines) => tell(lines.map((text) => ({ service, text }))),
        signal,
      ),
    ),
  )
}

/** Whole lines of a file that grows. A file that shrank was begun anew. */
async function followFile(file: string, onLines: (lines: string[]) => void, signal: AbortSignal): Promise<void> {
  let position = Math.max(0, (await sizeOf(file)) - TAIL_BYTES)
  // In the middle of a line: its rest tells nothing.
  let partial = position > 0
  let rest = ''
  let decoder = new StringDecoder('utf8')
  while (!signal.aborted) {
    const size = await sizeOf(file)
    if (size < position) {
      position = 0
      rest = ''
      partial = false
      decoder = new StringDecoder('utf8')
    }
    if (size > position) {
      const from = Math.max(position, size - TAIL_BYTES * 16)
      if (from > position) {
        // Too much to tell: what lies between is left out, and the line that is cut with it.
        partial = true
        rest = ''
        decoder = new StringDecoder('utf8')
      }
      const chunk = await read(file, from, size - from)
      position = from + chunk.length
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      if (partial && lines.length > 0) {
        lines.shift()
        partial = false
      }
      // Its beginning is what is told of a line that is too long.
      rest = partial ? '' : rest.slice(0, LINE_LIMIT + 1)
      onLines(lines)
    }
    await pause(POLL_MS, signal)
  }
}

async function read(file: string, from: number, length: number): Promise<Buffer> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (handle === undefined) return Buffer.alloc(0)
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, from)
    return buffer.subarray(0, bytesRead)
  } catch {
    return Buffer.alloc(0)
  } finally {
    await handle.close()
  }
}

async function followContainers(
  project: string,
  onLines: (lines: LogLine[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let since: string | undefined
  while (!signal.aborted) {
    const from = since === undefined ? ['--tail', String(TAIL_LINES)] : ['--since', since]
    await new Promise<void>((resolve) => {
      const child = spawn('docker', ['compose', '-p', project, 'logs', '--follow', '--no-color', ...from], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const end = () => child.kill()
      let waiting: LogLine[] = []
      const flush = () => {
        const lines = waiting.slice(-FLUSH_LINES)
        waiting = []
        if (lines.length > 0) onLines(lines)
      }
      const timer = setInterval(flush, FLUSH_MS)
      signal.addEventListener('abort', end, { once: true })
      const done = () => {
        clearInterval(timer)
        signal.removeEventListener('abort', end)
        flush()
        resolve()
      }
      child.on('error', done)
      child.on('close', done)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const parsed = composeLine(line)
        if (parsed !== undefined) waiting.push(parsed)
      })
    })
    since = new Date().toISOString()
    await pause(AGAIN_MS, signal)
  }
}

/** `api-1  | text`, as Compose prints it: the container's name without the project, its number, a bar. */
export function composeLine(line: string): LogLine | undefined {
  const found = /^(\S+?)(?:-\d+)?\s+\| ?(.*)$/.exec(line)
  return found?.[1] === undefined ? undefined : { service: found[1], text: found[2] ?? '' }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
