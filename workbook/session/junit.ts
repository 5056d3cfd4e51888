/**
 * A result document as JUnit XML, for machines that read nothing else. Made from the document alone, so one that was kept can be converted
 * later. `fail`, `unstable` and `blocked` become `failure`, `env` and `grader` become `error`, `not-run` becomes `skipped`.
 */
import type { CheckResult, Verdict } from '../grader/core/verdict.ts'
import type { RunReport } from './report.ts'

type Outcome = 'failure' | 'error' | 'skipped'

const outcomes: Record<Verdict, Outcome | undefined> = {
  pass: undefined,
  fail: 'failure',
  unstable: 'failure',
  blocked: 'failure',
  env: 'error',
  grader: 'error',
  'not-run': 'skipped',
}

/** One test case: what became of it, and the words for it. */
interface Case {
  name: string
  classname: string
  ms: number
  outcome: Outcome | undefined
  /** The verdict itself: what JUnit cannot say is not lost. */
  type: string
  message: string
  text: string
}

export function junitOf(report: RunReport): string {
  const cases = casesOf(report)
  const count = (outcome: Outcome) => cases.filter((c) => c.outcome === outcome).length
  const totals = {
    tests: String(cases.length),
    failures: String(count('failure')),
    errors: String(count('error')),
    skipped: String(count('skipped')),
    time: seconds(report.ms),
  }
  const facts: [string, string][] = [
    ['schema', String(report.schema)],
    ['version', report.tool.version],
    ['node', report.tool.node],
    ['platform', report.tool.platform],
    ['transport', report.transport],
    ['track', report.track],
    ['seed', report.seed],
    ['target', report.target],
    ['complete', String(report.complete)],
    ['lab-digest', report.lab.digest],
  ]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    open('testsuites', { name: report.tool.name, ...totals }),
    `  ${open('testsuite', { name: `${report.lab.id} ${report.lab.title}`, ...totals })}`,
    '    <properties>',
    ...facts.map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    '    </properties>',
    ...cases.map(renderCase),
    ...(report.notes.length > 0 ? [`    <system-out>${quoted(report.notes.join('\n'))}</system-out>`] : []),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function casesOf(report: RunReport): Case[] {
  const alone = (name: string, type: string, message: string, text: string): Case[] => [
    { name, classname: `${report.lab.id}.run`, ms: 0, outcome: 'error', type, message, text },
  ]
  // A run without a check must not look like one in which nothing failed.
  if (report.env !== null)
    return alone(
      'the environment',
      'env',
      report.env.message,
      [...report.env.log, report.env.message, report.env.remedy].join('\n'),
    )
  if (report.checks.length === 0) return alone('the checks', 'grader', 'No check ran.', 'No check ran.')
  return report.checks.map((result) => ({
    name: `${result.id} ${result.title}`,
    classname: `${report.lab.id}.${result.level}`,
    ms: result.ms,
    outcome: outcomes[result.verdict],
    type: result.verdict,
    message: messageOf(result),
    text: textOf(result),
  }))
}

const messageOf = ({ failure, reason, verdict }: CheckResult) =>
  failure === undefined ? (reason ?? verdict) : `expected ${failure.expected}, received ${failure.received}`

function textOf({ failure, reason = '' }: CheckResult): string {
  if (failure === undefined) return reason
  return [
    `Did: ${failure.did}`,
    `Expected: ${failure.expected}${failure.clause === '' ? '' : ` (clause ${failure.clause})`}`,
    `Received: ${failure.received}`,
    `Why: ${failure.why}`,
    ...failure.log.map((line) => `Log: ${line}`),
    ...(failure.curl === undefined ? [] : [`Request: ${failure.curl}`]),
  ].join('\n')
}

function renderCase(c: Case): string {
  const head = `    <testcase${attributes({ classname: c.classname, name: c.name, time: seconds(c.ms) })}`
  if (c.outcome === undefined) return `${head}/>`
  const { outcome, message, type, text } = c
  // `skipped` has a message and no type in the formats that are read widely.
  const inner =
    outcome === 'skipped'
      ? `<skipped${attributes({ message })}/>`
      : `<${outcome}${attributes({ message, type })}>${quoted(text)}</${outcome}>`
  return `${head}>\n      ${inner}\n    </testcase>`
}

const seconds = (ms: number) => (ms / 1_000).toFixed(3)
const open = (name: string, values: Record<string, string>) => `<${name}${attributes(values)}>`
const attributes = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${quoted(value).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`)
    .join('')

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Text of a server goes in here: no mark-up of its own, and no character that XML 1.0 forbids or a terminal would act on. */
const quoted = (text: string) =>
  text
    .toWellFormed()
    .replace(/\p{Cc}/gu, (c) => (c === '\n' || c === '\t' ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`))
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (c) => entities[c] ?? c)
