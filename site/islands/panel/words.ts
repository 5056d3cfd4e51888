/** What the panel says about acts, states and verdicts. */
import type { Act, LabState } from '../../../workbook/session/desk/protocol.ts'
import { busyWith, type Model, type Run, score } from './model.ts'

const DOING: Record<Act, string> = {
  start: 'Starting',
  stop: 'Stopping',
  reset: 'Putting the starter back',
  solve: 'Laying the solution over your files',
  restore: 'Putting a snapshot back',
  update: 'Updating your copy',
  check: 'Checking',
  watch: 'Watching: save a file, and it is checked',
}

export const TRANSPORTS = { container: 'containers', process: 'processes', url: 'a server behind --url' } as const

/** One line: what runs where, and how it stands. */
export function statusLine(model: Model): string {
  const { state } = model
  if (state === undefined) return model.link === 'lost' ? 'The workbook does not answer.' : 'Looking …'
  const act = busyWith(model)
  const where = stackLine(state)
  const { passed, of } = score(model)
  const known = Object.keys(model.shown).length > 0
  const parts = [
    act === undefined ? undefined : DOING[act],
    where,
    known ? `${passed} of ${of} core checks pass` : undefined,
  ]
  return parts.filter((part) => part !== undefined).join(' · ')
}

function stackLine({ stack, copy }: LabState): string {
  if (stack === undefined) return copy.exists ? 'Not running' : 'You have no copy yet'
  const sick = stack.services.filter((s) => s.state !== 'healthy' && s.state !== 'running')
  const health = sick.length === 0 ? '' : `, ${sick.map((s) => `${s.name} ${s.state}`).join(', ')}`
  return `Running on ${TRANSPORTS[stack.transport]}${health}`
}

/** What came of the last act; for the live region too. */
export function outcomeLine(run: Run): string | undefined {
  const { outcome, act } = run
  if (outcome === undefined) return undefined
  if (outcome.kind === 'stopped') return `Stopped. ${outcome.why}`
  if (outcome.kind === 'trouble') return outcome.error
  if (outcome.summary !== undefined)
    return `${outcome.summary}${outcome.complete ? '. All core checks pass: this lab is done.' : ''}`
  return { start: 'It runs.', stop: 'It is stopped.', reset: 'The starter is back.' }[act as string] ?? 'Done.'
}

/** Why a round of a watch runs. */
export function reasonLine(run: Run): string | undefined {
  switch (run.reason) {
    case 'saved': {
      const [first, ...more] = run.files ?? []
      return `${first ?? 'A file'} was saved${more.length > 0 ? `, and ${more.length} more` : ''}`
    }
    case 'all':
      return 'All checks'
    case 'failure':
      return 'The last failure'
    case 'service':
      return 'The API was started anew'
    case 'back':
      return 'The stack is back'
    default:
      return undefined
  }
}

/** `12 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `just now`, `12 min ago`, `3 days ago`. */
export function ago(iso: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(iso)) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`
  return `${Math.floor(minutes / 1440)} days ago`
}
