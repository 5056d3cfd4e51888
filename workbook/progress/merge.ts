/** Two progress files into one. Nothing that either knows is lost: first times are the earliest, states the newest. Pure; the order of the two does not matter. */
import { boundedAnswers, own } from './record.ts'
import type { CheckRecord, LabRecord, LessonRecord, Progress, QuizRecord } from './schema.ts'

export function mergeProgress(a: Progress, b: Progress): Progress {
  const last = newer(a.last, b.last, (place) => place.at)
  return {
    ...a,
    ...b,
    lessons: mergeRecords(a.lessons, b.lessons, mergeLesson),
    labs: mergeRecords(a.labs, b.labs, mergeLab),
    quizzes: mergeRecords(a.quizzes, b.quizzes, mergeQuiz),
    ...(last === undefined ? {} : { last }),
  }
}

/** What `after` has that `before` has not, or otherwise: a line each, for a person to read before saying yes. */
export function changesOf(before: Progress, after: Progress): string[] {
  const differs = <T>(x: Record<string, T>, y: Record<string, T>) =>
    [...new Set([...Object.keys(x), ...Object.keys(y)])]
      .sort()
      .filter((key) => JSON.stringify(sorted(own(x, key))) !== JSON.stringify(sorted(own(y, key))))
  const word = (x: unknown, y: unknown) => (x === undefined ? 'new' : y === undefined ? 'goes' : 'changes')
  const lessons = differs(before.lessons, after.lessons).map((key) => {
    const [x, y] = [own(before.lessons, key), own(after.lessons, key)]
    return `lesson ${key} ${word(x, y)}${doneWords(x?.doneAt, y?.doneAt, 'read')}`
  })
  const labs = differs(before.labs, after.labs).map((key) => {
    const [x, y] = [own(before.labs, key), own(after.labs, key)]
    const passes = (lab?: LabRecord) => Object.values(lab?.checks ?? {}).filter((c) => c.passed !== undefined).length
    return `lab ${key} ${word(x, y)}: checks passed ${passes(x)} -> ${passes(y)}${doneWords(x?.completedAt, y?.completedAt, 'complete')}`
  })
  const quizzes = differs(before.quizzes, after.quizzes).map((key) => {
    const [x, y] = [own(before.quizzes, key), own(after.quizzes, key)]
    return `quiz ${key} ${word(x, y)}: answers ${x?.answers.length ?? 0} -> ${y?.answers.length ?? 0}`
  })
  const [from, to] = [before.last, after.last].map((last) => last?.path ?? last?.lab ?? 'none')
  const place = from === to ? [] : [`last place: ${from} -> ${to}`]
  return [...lessons, ...labs, ...quizzes, ...place]
}

function doneWords(before: string | undefined, after: string | undefined, word: string): string {
  if ((before === undefined) === (after === undefined)) return ''
  return after === undefined ? `; no longer ${word}` : `; now ${word}`
}

function mergeRecords<T>(a: Record<string, T>, b: Record<string, T>, merge: (x: T, y: T) => T): Record<string, T> {
  const both = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return Object.fromEntries(
    both.map((key) => {
      const [x, y] = [own(a, key), own(b, key)]
      return [key, x === undefined ? y : y === undefined ? x : merge(x, y)] as [string, T]
    }),
  )
}

function mergeLesson(a: LessonRecord, b: LessonRecord): LessonRecord {
  const late = newer(a, b, (lesson) => lesson.lastSeen) ?? a
  const doneAt = earliest(a.doneAt, b.doneAt)
  return {
    ...late,
    firstSeen: earliest(a.firstSeen, b.firstSeen) ?? late.firstSeen,
    ...(doneAt === undefined ? {} : { doneAt }),
  }
}

function mergeLab(a: LabRecord, b: LabRecord): LabRecord {
  const late = newer(a, b, (lab) => lab.lastRunAt ?? '') ?? a
  const openedAt = earliest(a.openedAt, b.openedAt)
  const completedAt = earliest(a.completedAt, b.completedAt)
  return {
    ...late,
    ...(openedAt === undefined ? {} : { openedAt }),
    ...(completedAt === undefined ? {} : { completedAt }),
    checks: mergeRecords(a.checks, b.checks, mergeCheck),
  }
}

function mergeCheck(a: CheckRecord, b: CheckRecord): CheckRecord {
  const late = newer(a, b, (check) => check.at) ?? a
  const firstPassedAt = earliest(a.firstPassedAt, b.firstPassedAt)
  const passed = newer(a.passed, b.passed, (pass) => pass.at)
  return {
    ...late,
    ...(firstPassedAt === undefined ? {} : { firstPassedAt }),
    ...(passed === undefined ? {} : { passed }),
  }
}

function mergeQuiz(a: QuizRecord, b: QuizRecord): QuizRecord {
  const answers = new Map([...a.answers, ...b.answers].map((answer) => [`${answer.at} ${answer.choice}`, answer]))
  const inOrder = [...answers].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, answer]) => answer)
  const correctAt = earliest(a.correctAt, b.correctAt)
  const late = newer(a, b, (quiz) => quiz.answers.at(-1)?.at ?? '') ?? a
  return { ...late, answers: boundedAnswers(inOrder), ...(correctAt === undefined ? {} : { correctAt }) }
}

/** ISO times of UTC sort as texts. */
const earliest = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined ? b : b === undefined ? a : a < b ? a : b

/** Of two of the same time, the one whose text comes first: so both orders give the same. */
function newer<T>(a: T | undefined, b: T | undefined, at: (value: T) => string): T | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (at(a) !== at(b)) return at(a) > at(b) ? a : b
  return JSON.stringify(sorted(a)) <= JSON.stringify(sorted(b)) ? a : b
}

/** The same value with the fields of its objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
