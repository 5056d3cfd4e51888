/** A run as text: the verdict is a word, colour only repeats it; 80 columns; the first failure whole, the others in a line. */
import type { CheckResult, Verdict } from '../core/verdict.ts'

export interface Look {
  colour: boolean
  columns: number
  /** Every failure whole. */
  all: boolean
}

export interface Heading {
  lab: { id: string; title: string }
  transport: string
  seed: string
  services: { name: string; state: string }[]
  checks: number
}

const words: Record<Verdict, string> = {
  pass: 'PASS',
  fail: 'FAIL',
  blocked: 'BLOCKED',
  'not-run': 'NOT RUN',
  env: 'ENV',
  grader: 'GRADER',
  unstable: 'UNSTABLE',
}
const colours: Record<Verdict, string> = {
  pass: '32',
  fail: '31',
  blocked: '33',
  'not-run': '2',
  env: '35',
  grader: '35',
  unstable: '33',
}

export function renderHeading(h: Heading, look: Look): string {
  const healthy = h.services.filter((s) => s.state === 'healthy').length
  const parts = [`Lab ${h.lab.id} ${h.lab.title}`]
  const facts = [
    h.transport,
    `seed ${h.seed}`,
    ...(h.services.length > 0 ? [`${healthy} of ${h.services.length} services healthy`] : []),
    `${h.checks} ${h.checks === 1 ? 'check' : 'checks'}`,
  ]
  return `${paint(parts.join(''), '1', look)}\n${facts.join(' · ')}\n`
}

/** Lines for one result. `first`: the first failure of the run. */
export function renderResult(result: CheckResult, first: boolean, look: Look): string {
  const level = result.level === 'core' ? '' : ` (${result.level})`
  const left = `${words[result.verdict].padEnd(8)} ${result.id.padEnd(5)} `
  const right = `${result.ms} ms`
  const room = look.columns - left.length - right.length - 1
  const title = clip(`${result.title}${level}`, room)
  const line =
    `${paint(words[result.verdict].padEnd(8), colours[result.verdict], look)} ${result.id.padEnd(5)} ${title.padEnd(room)} ${right}`.trimEnd()
  if (result.verdict === 'fail' && result.failure !== undefined)
    return first || look.all
      ? `${line}\n${renderFailure(result, look)}`
      : `${line}\n${field('Why', firstSentence(result.failure.why), look)}`
  if (result.reason !== undefined && result.verdict !== 'pass')
    return `${line}\n${field('Because', result.reason, look)}`
  return line
}

function renderFailure(result: CheckResult, look: Look): string {
  const f = result.failure
  if (f === undefined) return ''
  const lines = [
    field('Did', f.did, look),
    field('Expected', `${f.expected}${f.clause === '' ? '' : `  (clause ${f.clause})`}`, look),
    field('Received', f.received, look),
    field('Why', f.why, look),
    ...f.log.map((line) => field('Log', line, look)),
    // Not wrapped: a command has to survive being copied.
    ...(f.curl === undefined ? [] : [field('Request', f.curl, { ...look, columns: 10_000 })]),
  ]
  return lines.join('\n')
}

/** What to do next, under a failure: kept apart because it names the command line. */
export function renderNext(
  next: { hints: string[]; repeat: string; read: string | undefined; next: string | undefined },
  look: Look,
): string {
  return [
    ...next.hints.map((text, i) => field(`Hint ${i + 1}`, text, look)),
    // Not wrapped: a command has to survive being copied.
    field('Repeat', next.repeat, { ...look, columns: 10_000 }),
    ...(next.read === undefined ? [] : [field('Read', next.read, look)]),
    ...(next.next === undefined ? [] : [field('Next', next.next, look)]),
  ].join('\n')
}

export function renderSummary(results: CheckResult[], ms: number, look: Look): string {
  const count = (v: Verdict) => results.filter((r) => r.verdict === v).length
  const kinds: [Verdict, string][] = [
    ['pass', 'pass'],
    ['fail', 'fail'],
    ['unstable', 'unstable'],
    ['blocked', 'blocked'],
    ['env', 'env'],
    ['grader', 'grader error'],
    ['not-run', 'not run'],
  ]
  const text = kinds
    .filter(([v]) => count(v) > 0 || v === 'pass')
    .map(([v, name]) => paint(`${count(v)} ${name}`, colours[v], look))
    .join(', ')
  return `${text} in ${(ms / 1000).toFixed(1)} s`
}

/** `  Expected  text`, wrapped under itself. */
export function field(name: string, text: string, look: Look): string {
  const indent = 12
  const lines = text.split('\n').flatMap((line) => wrap(line.trim(), Math.max(30, look.columns - indent)))
  return lines
    .map((line, i) =>
      i === 0 ? `  ${paint(name.padEnd(indent - 2), '1', look)}${line}` : `${' '.repeat(indent)}${line}`,
    )
    .join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (line !== '' && line.length + 1 + rest.length > width) {
      lines.push(line)
      line = ''
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width))
      rest = rest.slice(width)
    }
    line = line === '' ? rest : `${line} ${rest}`
  }
  return [...lines, line]
}

const firstSentence = (text: string) => /^.*?[.](?=\s|$)/.exec(text)?.[0] ?? text
const clip = (text: string, room: number) => (text.length > room ? `${text.slice(0, Math.max(1, room - 1))}…` : text)
const paint = (text: string, code: string, look: Look) => (look.colour ? `\u001b[${code}m${text}\u001b[0m` : text)
