/** `check --watch` on a terminal: prints rounds, and turns keys into requests. */
import { cut, shorten } from '../grader/core/exchange.ts'
import { field, type Look } from '../grader/render/terminal.ts'
import type { CheckEvent, CheckRequest } from '../session/check.ts'
import type { Context } from '../session/context.ts'
import { openHints } from '../session/hints.ts'
import { exitCodeOfReport } from '../session/report.ts'
import { type Reason, type Watch, type WatchEvent, watchLab } from '../session/watch.ts'
import { printEnd, printer, repeatOf } from './print.ts'

/** So many lines of the API's log the key `l` shows. */
const LOG_LINES = 20

const out = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** Gives the exit code of the last whole run, or 130 where Ctrl-C ended it. */
export default async function watch(
  context: Context,
  request: CheckRequest,
  look: Look,
  manual: boolean,
): Promise<number> {
  const keyboard = process.stdin.isTTY === true
  let hints = await openHints(context.places, request.lab.id, false)
  let print: (event: CheckEvent) => void = () => {}
  const tell = (event: WatchEvent) => {
    switch (event.type) {
      case 'round':
        print = printer(request, look, hints)
        return out(headOf(event.reason))
      case 'ready':
      case 'result':
        return print(event)
      case 'end':
        printEnd(event.report, look)
        return out(waiting(manual, keyboard))
      case 'mistake':
        out(event.message)
        return out(waiting(manual, keyboard))
      case 'gone':
        return out(`\nThe stack is gone: somebody stopped it. ${backWords(manual)}`)
      case 'overtaken':
        // Only of use where something follows; the end has its own words.
        if (!context.signal.aborted) out('Stopped: there is something newer.')
    }
  }
  const running = await watchLab(context, request, { manual }, tell)
  const hint = async () => {
    await showHint(running, context, request, look)
    // The next run tells which hint would be the next one.
    hints = await openHints(context.places, request.lab.id, false)
  }
  const release = keyboard ? listen(running, hint, look, manual) : () => {}
  try {
    const report = await running.ended
    if (context.signal.aborted) return 130
    return report === undefined ? 0 : exitCodeOfReport(report)
  } finally {
    release()
  }
}

const words: Record<Exclude<Reason['why'], 'saved'>, string> = {
  start: 'first run',
  all: 'all checks',
  failure: 'the last failure',
  service: 'the API was started anew',
  back: 'the stack is back',
}

function headOf(reason: Reason): string {
  const clock = new Date().toTimeString().slice(0, 8)
  return `\n--- ${clock} ${reason.why === 'saved' ? savedWords(reason.files) : words[reason.why]}`
}

/** Two names at most: a changed branch may have hundreds. */
export function savedWords(files: string[]): string {
  const shown = files.slice(0, 2).map((name) => cut(name, 60))
  const more = files.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''} saved`
}

const waiting = (manual: boolean, keyboard: boolean) =>
  `\n${manual ? 'Waiting for a key.' : 'Waiting for a save.'}${keyboard ? `  ${keyWords}` : manual ? ' There is no keyboard here: Ctrl-C ends it.' : ' Ctrl-C ends it.'}`

const backWords = (manual: boolean) =>
  manual ? 'The next run starts one of its own.' : 'Waiting for it to come back; a save starts one for this watch.'

const keyWords = 'r all   f last failure   h hint   l log   q quit'

export type Key = 'all' | 'failure' | 'hint' | 'log' | 'quit' | 'interrupt'

const keys = new Map<string, Key>(
  Object.entries<Key>({
    r: 'all',
    f: 'failure',
    h: 'hint',
    l: 'log',
    q: 'quit',
    // In raw mode Ctrl-C and Ctrl-D are bytes like any other.
    '\u0003': 'interrupt',
    '\u0004': 'quit',
  }),
)

/** What a pressed key means; an arrow or a pasted text means nothing. */
export const keyOf = (typed: string): Key | undefined => keys.get(typed.toLowerCase())

/** Reads keys one by one, without Enter. Gives what puts the terminal back. */
function listen(running: Watch, hint: () => Promise<void>, look: Look, manual: boolean): () => void {
  const { stdin } = process
  const act = async (key: Key | undefined) => {
    switch (key) {
      case 'all':
        running.ask('all')
        return
      case 'failure':
        if (!running.ask('failure')) out('Nothing has failed.')
        return
      case 'hint':
        return hint()
      case 'log':
        return showLog(running, look)
      case 'quit':
        return running.quit()
      case 'interrupt':
        process.kill(process.pid, 'SIGINT')
        return
      default:
        out(waiting(manual, true))
    }
  }
  const onData = (chunk: Buffer) => {
    void act(keyOf(chunk.toString('utf8'))).catch((error: Error) => out(error.message))
  }
  const restore = () => void stdin.setRawMode(false)
  stdin.setRawMode(true)
  stdin.on('data', onData)
  // Also where a second Ctrl-C ends the command at once.
  process.once('exit', restore)
  return () => {
    process.off('exit', restore)
    stdin.off('data', onData)
    restore()
    stdin.pause()
  }
}

/** One rung more of the failure's ladder, remembered as `--hint` does. */
async function showHint(running: Watch, context: Context, request: CheckRequest, look: Look): Promise<void> {
  const failure = running.failure()
  if (failure === undefined) return out('Nothing has failed: no hint is needed.')
  const ladder = await openHints(context.places, request.lab.id, true)
  const shown = ladder.shown(failure)
  const next = ladder.next(failure)
  await ladder.save()
  out(`\n${failure.id} ${failure.title}`)
  for (const [i, text] of shown.entries()) out(field(`Hint ${i + 1}`, text, look))
  if (shown.length === 0) out(field('Hint', `There is none. Read on: ${repeatOf(request, failure)}`, look))
  else if (next === undefined) out(field('Next', 'That was the last one.', look))
}

async function showLog(running: Watch, look: Look): Promise<void> {
  const lines = await running.log(LOG_LINES)
  if (lines === undefined) return out('There is no stack at the moment.')
  out(lines.length === 0 ? '\nThe API has printed nothing.' : '')
  for (const line of lines) out(field('Log', cut(shorten(line), 400), look))
}
