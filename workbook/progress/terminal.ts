/** Progress as text: 80 columns, pure. */
import type { LabSummary, Summary, Tally } from './derive.ts'
import type { Stale } from './record.ts'

const COLUMNS = 80

export function progressText(view: Summary & { stale: Record<string, Record<string, Stale[]>> }): string {
  const { course, modules, goals, labs, quizzes, continueAt } = view
  const lines = [
    `Lessons ${of(course.lessons)}   labs ${of(course.labs)}   quizzes ${of(quizzes)}`,
    `Hours ${course.hours.done} done, ${course.hours.left} left${course.hours.planned > 0 ? `, and ${course.hours.planned} in parts that are not written yet` : ''}`,
    '',
    row('Module', 'lessons', 'labs', 'hours done', 'left'),
    ...modules.map((m) =>
      m.lessons.total + m.labs.total === 0
        ? row(`${m.id} ${m.title}`, '', '', 'not written yet', '')
        : row(
            `${m.id} ${m.title}`,
            of(m.lessons),
            m.labs.total === 0 ? '' : of(m.labs),
            String(m.hours.done),
            String(m.hours.left),
          ),
    ),
    '',
    'Goal                                                        core checks passed',
    ...goals.flatMap((g) => {
      const [first = '', ...more] = wrap(g.text, 58)
      const count = g.labs.length === 0 ? 'no lab yet' : of(g.checks)
      return [`${first.padEnd(60)}${count}`, ...more]
    }),
    ...labs
      .filter((lab) => lab.lastRunAt !== undefined)
      .flatMap((lab) => ['', ...labLines(lab, view.stale[lab.id] ?? {})]),
    '',
    continueAt === undefined ? 'All that is written is done.' : clip(`Continue: ${continueAt.id} ${continueAt.title}`),
  ]
  if (continueAt !== undefined)
    lines.push(`          ${continueAt.path}${continueAt.heading === undefined ? '' : `#${continueAt.heading}`}`)
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function labLines(lab: LabSummary, stale: Record<string, Stale[]>): string[] {
  const state =
    lab.completedAt === undefined ? `core checks ${of(lab.core)}` : `complete since ${lab.completedAt.slice(0, 10)}`
  const never = lab.checks.filter((c) => c.record === undefined).map((c) => c.id)
  return [
    clip(`${lab.id} ${lab.title}: ${state}`),
    ...lab.checks
      .filter((c) => c.record !== undefined)
      .map(({ id, title, record }) => {
        const since = record?.firstPassedAt === undefined ? '' : `first passed ${record.firstPassedAt.slice(0, 10)}`
        const old = (stale[id] ?? []).length > 0 ? ' *' : ''
        const left = `  ${(record?.verdict ?? '').padEnd(8)} ${id.padEnd(5)} `
        const right = `${since}${old}`
        const room = COLUMNS - left.length - 26
        return `${left}${clip(title, room).padEnd(room)} ${right}`
      }),
    ...(never.length > 0 ? wrap(`not run yet: ${never.join(', ')}`, 76).map((line) => `  ${line}`) : []),
    ...(Object.keys(stale).length > 0
      ? [`  * passed then; since then changed: ${[...new Set(Object.values(stale).flat())].map(partWords).join(', ')}`]
      : []),
  ]
}

const partWords = (part: Stale) => ({ workspace: 'your files', lab: 'the lab', grader: 'the grader' })[part]

const of = ({ done, total }: Tally) => `${done} of ${total}`
const row = (name: string, lessons: string, labs: string, done: string, left: string) =>
  `${clip(name, 36).padEnd(38)}${lessons.padEnd(10)}${labs.padEnd(10)}${done.padEnd(12)}${left}`
const clip = (text: string, room = COLUMNS) => (text.length <= room ? text : `${text.slice(0, room - 1)}…`)

function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && `${last} ${word}`.length <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
