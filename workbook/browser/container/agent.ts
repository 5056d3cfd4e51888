/**
 * A program of an exercise in Node itself, inside of a WebContainer: takes the orders of a program Worker by its input and tells the same news by its output. Modules
 * are read as they are in a Worker, so messages and places are the same; Node's own modules are Node's.
 */
import * as jose from 'jose'
import type { ProgramNews, ProgramOrder } from '../protocol.ts'
import { answerCall } from '../worker/calls.ts'
import { createLines } from '../worker/lines.ts'
import { evaluate } from '../worker/modules.ts'
import { thrownOf, troubleOf } from '../worker/thrown.ts'
import { linesOf, NEWS, ORDERS, readerOf } from './lines.ts'

const { stdin, stdout, stderr } = process
const write = stdout.write.bind(stdout) as (text: string) => boolean
const builtin = (name: string): unknown => process.getBuiltinModule(name.startsWith('node:') ? name : `node:${name}`)
const { builtinModules } = builtin('module') as { builtinModules: string[] }
const packages: Readonly<Record<string, () => unknown>> = { jose: () => jose }
const offered = [
  ...Object.keys(packages),
  ...builtinModules.filter((name) => !name.startsWith('_')).map((name) => `node:${name.replace(/^node:/, '')}`),
]

let serial = 0
const tell = (news: ProgramNews) => {
  for (const line of linesOf(NEWS, ++serial, news)) write(line)
}
const lines = createLines((batch, dropped) => tell({ kind: 'log', lines: batch, dropped }))

/** What a program prints goes into the log: its output carries the news. */
function captured(): typeof stdout.write {
  let rest = ''
  return ((chunk: Uint8Array | string) => {
    const whole = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n')
    rest = whole.pop() ?? ''
    lines.add(...whole)
    return true
  }) as typeof stdout.write
}
stdout.write = captured()
stderr.write = captured()

let exports: Record<string, unknown> = {}

async function run({ files, entry, cwd, env }: Extract<ProgramOrder, { kind: 'run' }>['spec']): Promise<void> {
  Object.assign(process.env, env)
  const absolute = (name: string) => (name.startsWith('/') ? name : `${cwd}/${name}`)
  const texts = new Map(Object.entries(files).map(([name, text]) => [absolute(name), text]))
  tell({ kind: 'begins' })
  try {
    exports = await evaluate(absolute(entry), {
      read: (path) => texts.get(path),
      packages: (name) => packages[name] ?? (builtinModules.includes(bare(name)) ? () => builtin(name) : undefined),
      offered,
      globals: {},
    })
    lines.flush()
    tell({ kind: 'ran', exitCode: process.exitCode === undefined ? undefined : Number(process.exitCode) })
  } catch (error) {
    lines.flush()
    tell({ kind: 'trouble', trouble: troubleOf(error) })
  }
}

const bare = (name: string) => name.replace(/^node:/, '')

async function call(order: Extract<ProgramOrder, { kind: 'call' }>): Promise<void> {
  await answerCall(exports, order, tell)
  lines.flush()
}

const uncaught = (error: unknown) => {
  const { name, message, stack } = thrownOf(error)
  lines.add(`Uncaught ${name}: ${message}`, ...stack)
  process.exit(1)
}
process.on('uncaughtException', uncaught)
process.on('unhandledRejection', uncaught)
process.on('exit', (code) => {
  lines.flush()
  tell({ kind: 'exited', code })
})

const take = readerOf(ORDERS, (value) => {
  const order = value as ProgramOrder
  // An exercise is run and called; what serves requests is a lab, and labs have no place here.
  if (order.kind === 'run') void run(order.spec)
  else if (order.kind === 'call') void call(order)
})
stdin.setEncoding('utf8')
stdin.on('data', (piece: string) => take(piece))
