/** Progress as a document to share: what was done and on what evidence. Pure. No path, no name and no text that the learner wrote goes in. */
import type { GoalSummary, LabSummary, ModuleSummary, Part, Summary } from './derive.ts'
import type { Stale } from './record.ts'

/** Version of the shape of the report's JSON. */
export const REPORT_SCHEMA = 1

/** So many hex digits of a digest are shown: enough to tell two apart. */
const SHORT = 12

export interface ShareableReport {
  schema: typeof REPORT_SCHEMA
  kind: 'full-stack-workbook-progress'
  tool: { name: string; version: string }
  writtenAt: string
  /** What this document is and is not. */
  about: string[]
  course: Part
  modules: ModuleSummary[]
  goals: GoalSummary[]
  labs: SharedLab[]
  quizzes: Summary['quizzes']
}

export interface SharedLab extends Omit<LabSummary, 'checks'> {
  checks: {
    id: string
    title: string
    level: string
    /** Of the last run; null where it never ran. */
    verdict: string | null
    firstPassedAt: string | null
    /** Of the newest pass; digests are cut to their first digits. */
    evidence: {
      at: string
      workspace: string
      lab: string
      grader: string
      transport: string
      track: string
      seed: string
    } | null
    /** Changed since that pass. */
    stale: Stale[]
  }[]
}

const about = [
  'Made by npm run report on the learner’s own machine, from the progress file there.',
  'It holds: pages marked as read, checks with their verdicts and times, digests of the files that were graded, and how many quizzes were answered.',
  'It does not hold: names, addresses, folders, source code, or the answers to quizzes.',
  'It is a statement, not a proof: whoever has the file can change it. A pass can be repeated by whoever has the files, with the seed beside it.',
]

/** @param writtenAt ISO time */
export function shareableOf(
  summary: Summary & { stale: Record<string, Record<string, Stale[]>> },
  tool: ShareableReport['tool'],
  writtenAt: string,
): ShareableReport {
  const short = (digest: string) => digest.slice(0, SHORT)
  return {
    schema: REPORT_SCHEMA,
    kind: 'full-stack-workbook-progress',
    tool,
    writtenAt,
    about,
    course: summary.course,
    modules: summary.modules,
    goals: summary.goals,
    labs: summary.labs.map((lab) => ({
      ...lab,
      checks: lab.checks.map(({ id, title, level, record }) => {
        const pass = record?.passed
        return {
          id,
          title,
          level,
          verdict: record?.verdict ?? null,
          firstPassedAt: record?.firstPassedAt ?? null,
          evidence:
            pass === undefined
              ? null
              : {
                  at: pass.at,
                  workspace: short(pass.evidence.workspace),
                  lab: short(pass.evidence.lab),
                  grader: short(pass.evidence.grader),
                  transport: pass.evidence.transport,
                  track: pass.evidence.track,
                  seed: pass.evidence.seed,
                },
          stale: summary.stale[lab.id]?.[id] ?? [],
        }
      }),
    })),
    quizzes: summary.quizzes,
  }
}

/** One HTML file with everything in it, the JSON too; it loads nothing. */
export function reportHtml(report: ShareableReport): string {
  const e = escaped
  const { course } = report
  const modules = report.modules.map((m) => {
    const cells =
      m.lessons.total + m.labs.total === 0
        ? '<td colspan="4">not written yet</td>'
        : `<td>${of(m.lessons)}</td><td>${of(m.labs)}</td><td>${m.hours.done} h</td><td>${m.hours.left} h</td>`
    return `<tr><th scope="row">${e(m.id)} ${e(m.title)}</th>${cells}</tr>`
  })
  const goals = report.goals.map(
    (g) =>
      `<tr><th scope="row">${e(g.text)}</th><td>${g.labs.length === 0 ? 'no lab written yet' : e(g.labs.join(', '))}</td><td>${of(g.checks)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Progress in the Full-Stack Workbook, ${day(report.writtenAt)}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 2rem; font-size: 0.9rem }
th, td { border-bottom: 1px solid #8886; padding: 0.3rem 0.6rem 0.3rem 0; text-align: left; vertical-align: top; font-weight: normal }
thead th { font-weight: 600 }
code { font-size: 0.85em }
.wide { overflow-x: auto }
.day { white-space: nowrap }
</style>
</head>
<body>
<h1>Progress in the Full-Stack Workbook</h1>
<p>${day(report.writtenAt)}. Lessons ${of(course.lessons)}, labs ${of(course.labs)}, hours ${course.hours.done} of ${round(course.hours.done + course.hours.left)} that are written so far; quizzes answered rightly ${of(report.quizzes)}.</p>
<h2>What this is</h2>
<ul>
${report.about.map((line) => `<li>${e(line)}</li>`).join('\n')}
</ul>
<h2>Modules</h2>
<div class="wide" tabindex="0" role="region" aria-label="Modules"><table><thead><tr><th>Module</th><th>Lessons</th><th>Labs</th><th>Hours done</th><th>Hours left</th></tr></thead><tbody>
${modules.join('\n')}
</tbody></table></div>
<h2>Goals</h2>
<div class="wide" tabindex="0" role="region" aria-label="Goals"><table><thead><tr><th>Goal</th><th>Labs</th><th>Core checks passed</th></tr></thead><tbody>
${goals.join('\n')}
</tbody></table></div>
${report.labs.map(labHtml).join('\n')}
<script type="application/json" id="progress">${JSON.stringify(report).replaceAll('<', '\\u003c')}</script>
<p>The same as data is in this file: the element <code>#progress</code> holds it as JSON. Written by ${e(report.tool.name)} ${e(report.tool.version)}.</p>
</body>
</html>
`
}

function labHtml(lab: SharedLab): string {
  const e = escaped
  const state =
    lab.completedAt === undefined
      ? lab.lastRunAt === undefined
        ? 'Not run yet.'
        : `Core checks passed: ${of(lab.core)}. Last run ${day(lab.lastRunAt)}.`
      : `Complete since ${day(lab.completedAt)}.`
  const rows = lab.checks.map((c) => {
    const proof =
      c.evidence === null
        ? ''
        : `${day(c.evidence.at)}, ${e(c.evidence.transport)}, ${e(c.evidence.track)}, seed <code>${e(c.evidence.seed)}</code>, files <code>${c.evidence.workspace}</code>, lab <code>${c.evidence.lab}</code>, grader <code>${c.evidence.grader}</code>${c.stale.length > 0 ? `; changed since: ${e(c.stale.join(', '))}` : ''}`
    return `<tr><th scope="row">${e(c.id)} ${e(c.title)}</th><td>${e(c.level)}</td><td>${e(c.verdict ?? 'not run')}</td><td class="day">${c.firstPassedAt === null ? '' : day(c.firstPassedAt)}</td><td>${proof}</td></tr>`
  })
  return `<h2>${e(lab.id)} ${e(lab.title)}</h2>
<p>${state}</p>
<div class="wide" tabindex="0" role="region" aria-label="Checks of ${e(lab.id)}"><table><thead><tr><th>Check</th><th>Level</th><th>Last verdict</th><th>First passed</th><th>Newest pass</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>`
}

const of = ({ done, total }: { done: number; total: number }) => (total === 0 ? 'none' : `${done} of ${total}`)
const day = (time: string) => time.slice(0, 10)
const round = (hours: number) => Math.round(hours * 100) / 100
const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)
