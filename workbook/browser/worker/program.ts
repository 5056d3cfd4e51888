/** A Worker of one program: it has the program's files, runs its entry, and carries requests to the server that it starts. */
import { dropFile, entryAt, putFile, setFiles } from '../node/fs-tree.ts'
import { deliver, onListen } from '../node/http.ts'
import { builtins, offered as offeredBuiltins } from '../node/index.ts'
import { setDialer } from '../node/net.ts'
import path from '../node/path.ts'
import { Exit, process, setProcess } from '../node/process.ts'
import {
  BODY_LIMIT,
  type ProgramNews,
  type ProgramOrder,
  type ProgramSpec,
  SERVICES,
  type Service,
} from '../protocol.ts'
import { answerCall } from './calls.ts'
import { createConsole } from './console.ts'
import { createLines } from './lines.ts'
import { evaluate } from './modules.ts'
import { provideSubtle } from './subtle.ts'
import { thrownOf, troubleOf } from './thrown.ts'

/** What a program can import besides Node's modules, by name. */
export type PackageTable = Readonly<Record<string, () => unknown>>

function begin(port: MessagePort, packages: PackageTable): void {
  const offered = [...Object.keys(packages), ...offeredBuiltins.map((name) => `node:${name}`)]
  const tell = (news: ProgramNews, transfer: Transferable[] = []) => port.postMessage(news, transfer)
  const lines = createLines((batch, dropped) => tell({ kind: 'log', lines: batch, dropped }))
  const abandoned = new Map<number, AbortController>()
  let exports: Record<string, unknown> = {}
  let ended = false

  const end = (code: number) => {
    if (ended) return
    ended = true
    lines.flush()
    tell({ kind: 'exited', code })
  }
  /** What Node does with an error that nobody caught. */
  const uncaught = (error: unknown) => {
    if (ended || error instanceof Exit) return
    if (process.listenerCount('uncaughtException') > 0) {
      try {
        process.emit('uncaughtException', error, 'uncaughtException')
      } catch (second) {
        if (!(second instanceof Exit)) end(7)
      }
      return
    }
    const { name, message, stack } = thrownOf(error)
    lines.add(`Uncaught ${name}: ${message}`, ...stack)
    end(1)
  }

  const run = async (spec: ProgramSpec) => {
    const keys = new MessageChannel()
    if (provideSubtle(keys.port1)) tell({ kind: 'subtle', port: keys.port2 }, [keys.port2])
    const absolute = (name: string) => path.resolve(spec.cwd, name)
    setFiles(Object.fromEntries(Object.entries(spec.files).map(([name, text]) => [absolute(name), text])))
    setProcess({
      env: { ...spec.env },
      argv: ['node', absolute(spec.entry), ...(spec.args ?? [])],
      cwd: spec.cwd,
      onLine: (_stream, line) => lines.add(line),
      onExit: end,
    })
    setDialer((number) => dial(number, spec.services, tell))
    tell({ kind: 'begins' })
    try {
      exports = await evaluate(absolute(spec.entry), {
        read: readText,
        packages: (name) => packages[name] ?? builtins[name.replace(/^node:/, '')],
        offered,
        globals: { console: createConsole((line) => lines.add(line)), fetch: noFetch },
      })
      lines.flush()
      tell({ kind: 'ran', exitCode: process.exitCode as number | undefined })
    } catch (error) {
      if (error instanceof Exit) return
      lines.flush()
      tell({ kind: 'trouble', trouble: troubleOf(error) })
    }
  }

  const request = async ({ id, port: number, request }: Extract<ProgramOrder, { kind: 'request' }>) => {
    const gone = new AbortController()
    abandoned.set(id, gone)
    try {
      let told = 0
      const onPiece = (status: number, bytes: number) => {
        if (told === 2 || (told === 1 && bytes <= BODY_LIMIT)) return
        told = bytes > BODY_LIMIT ? 2 : 1
        tell({ kind: 'begun', id, status, bytes })
      }
      const remotePort = 40_000 + (id % 20_000)
      const answer = await deliver(number, { ...request, remotePort, signal: gone.signal, onPiece })
      const { status, headers, body } = answer
      tell({ kind: 'answer', id, response: { status, headers, body } })
    } catch (error) {
      const { code = 'ECONNRESET', message } = error as Error & { code?: string }
      tell({ kind: 'no-answer', id, code, message })
    } finally {
      abandoned.delete(id)
    }
  }

  const call = async (order: Extract<ProgramOrder, { kind: 'call' }>) => {
    await answerCall(exports, order, tell)
    lines.flush()
  }

  self.addEventListener('error', (event) => {
    event.preventDefault()
    uncaught(event.error ?? new Error(event.message))
  })
  self.addEventListener('unhandledrejection', (event) => {
    event.preventDefault()
    uncaught(event.reason)
  })
  onListen((number) => tell({ kind: 'listening', port: number }))

  port.onmessage = ({ data }: MessageEvent<ProgramOrder>) => {
    switch (data.kind) {
      case 'run':
        return void run(data.spec)
      case 'request':
        return void request(data)
      case 'abandon':
        return abandoned.get(data.id)?.abort()
      case 'call':
        return void call(data)
      case 'signal':
        // Without a listener a signal ends a program (POSIX: the default of SIGHUP, SIGINT and SIGTERM).
        if (!process.emit(data.name, data.name)) end(1)
        return
      case 'write':
        if (data.text === undefined) dropFile(data.path)
        else putFile(data.path, data.text)
    }
  }
}

/** Text of a file by its absolute path; undefined where there is none. */
function readText(file: string): string | undefined {
  try {
    const { content } = entryAt(file, 'open', file)
    return content === undefined ? undefined : new TextDecoder().decode(content as Uint8Array<ArrayBuffer>)
  } catch {
    return undefined
  }
}

/** A connection to a service of the stack; undefined where nothing listens. */
function dial(number: number, services: readonly Service[], tell: (news: ProgramNews, ports: Transferable[]) => void) {
  const service = services.find((name) => SERVICES[name] === number)
  if (service === undefined) return undefined
  const { port1, port2 } = new MessageChannel()
  tell({ kind: 'dial', service, port: port2 }, [port2])
  return port1
}

function noFetch(): never {
  throw new Error(
    'A program in the page reaches no other address, so there is no fetch. With `npm run lab` the same files run in Node.',
  )
}

/** Makes this Worker one of programs: it waits for the port that its orders come by. */
export function serveProgram(packages: PackageTable): void {
  self.addEventListener('message', ({ ports: [port] }) => {
    if (port !== undefined) begin(port, packages)
  })
}
