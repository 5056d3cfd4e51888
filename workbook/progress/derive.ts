/** What progress comes to, held against the course. Pure. */
import type { Goal, Module } from '../catalog/index.ts'
import type { Level } from '../grader/core/verdict.ts'
import { own } from './record.ts'
import type { CheckRecord, Progress } from './schema.ts'

/** What of the course counts. */
export interface CourseShape {
  modules: Module[]
  goals: Goal[]
  labs: { id: string; title: string; goals: string[]; checks: { id: string; title: string; level: Level }[] }[]
}

export interface Tally {
  done: number
  total: number
}

/** Hours as the course estimates them: of pages read and labs completed, of those that are left, and of those not written yet. */
export interface Hours {
  done: number
  left: number
  planned: number
}

export interface Part {
  lessons: Tally
  labs: Tally
  hours: Hours
}

export interface ModuleSummary extends Part {
  id: string
  title: string
  slug: string
}

export interface LabSummary {
  id: string
  title: string
  openedAt?: string
  lastRunAt?: string
  completedAt?: string
  /** Core checks that have passed, each on the files of its time. */
  core: Tally
  checks: { id: string; title: string; level: Level; record?: CheckRecord }[]
}

export interface GoalSummary {
  id: string
  text: string
  /** Labs that count for it and are written. */
  labs: string[]
  /** Their core checks that have passed. */
  checks: Tally
}

export interface Place {
  path: string
  id: string
  title: string
  /** Anchor on that page. */
  heading?: string
}

export interface Summary {
  modules: ModuleSummary[]
  course: Part
  labs: LabSummary[]
  goals: GoalSummary[]
  quizzes: Tally & { answered: number }
  /** Undefined: all that is written is done. */
  continueAt: Place | undefined
}

export function summaryOf(course: CourseShape, progress: Progress): Summary {
  const done = doneBy(course, progress)
  const modules = course.modules.map((module) => ({
    id: module.id,
    title: module.title,
    slug: module.slug,
    ...partOf(course, module, done),
  }))
  const labs = course.labs.map((lab) => labSummary(lab, progress))
  const quizzes = course.modules
    .flatMap((m) => m.lessons.flatMap((l) => l.quizzes))
    .map((q) => own(progress.quizzes, q.id))
  return {
    modules,
    course: {
      lessons: total(modules.map((m) => m.lessons)),
      labs: total(modules.map((m) => m.labs)),
      hours: totalHours(modules),
    },
    labs,
    goals: course.goals.map((goal) => {
      const counted = course.labs.filter((lab) => lab.goals.includes(goal.id)).map((lab) => lab.id)
      return { ...goal, labs: counted, checks: total(labs.filter((l) => counted.includes(l.id)).map((l) => l.core)) }
    }),
    quizzes: {
      done: quizzes.filter((q) => q?.correctAt !== undefined).length,
      answered: quizzes.filter((q) => (q?.answers.length ?? 0) > 0).length,
      total: quizzes.length,
    },
    continueAt: continueAt(course, progress, done),
  }
}

type Lesson = Module['lessons'][number]
type Done = (lesson: Lesson) => boolean

/** A page is done when it was marked as read; the page of a lab when the lab is complete. */
function doneBy(course: CourseShape, progress: Progress): Done {
  return (lesson) =>
    isLab(course, lesson)
      ? own(progress.labs, lesson.lab ?? '')?.completedAt !== undefined
      : own(progress.lessons, lesson.path)?.doneAt !== undefined
}

/** L00 is a page about a lab without checks: it counts as a lesson. */
const isLab = (course: CourseShape, lesson: Lesson) => course.labs.some((lab) => lab.id === lesson.lab)

function partOf(course: CourseShape, module: Module, done: Done): Part {
  const tally = (pages: Lesson[]): Tally => ({ done: pages.filter(done).length, total: pages.length })
  const hours = (pages: { hours: number }[]) => round(pages.reduce((sum, page) => sum + page.hours, 0))
  return {
    lessons: tally(module.lessons.filter((l) => !isLab(course, l))),
    labs: tally(module.lessons.filter((l) => isLab(course, l))),
    hours: {
      done: hours(module.lessons.filter(done)),
      left: hours(module.lessons.filter((l) => !done(l))),
      planned: hours(module.planned),
    },
  }
}

function labSummary(lab: CourseShape['labs'][number], progress: Progress): LabSummary {
  const record = own(progress.labs, lab.id)
  const checks = lab.checks.map(({ id, title, level }) => {
    const known = own(record?.checks ?? {}, id)
    return { id, title, level, ...(known === undefined ? {} : { record: known }) }
  })
  const core = checks.filter((c) => c.level === 'core')
  return {
    id: lab.id,
    title: lab.title,
    ...(record?.openedAt === undefined ? {} : { openedAt: record.openedAt }),
    ...(record?.lastRunAt === undefined ? {} : { lastRunAt: record.lastRunAt }),
    ...(record?.completedAt === undefined ? {} : { completedAt: record.completedAt }),
    core: { done: core.filter((c) => c.record?.passed !== undefined).length, total: core.length },
    checks,
  }
}

/** The page worked on last, where it is not done; else the next one that is not, in reading order and round the end. */
function continueAt(course: CourseShape, progress: Progress, done: Done): Place | undefined {
  const pages = course.modules.flatMap((m) => m.lessons)
  const { last } = progress
  const from = Math.max(
    0,
    pages.findIndex((page) => (last?.lab === undefined ? page.path === last?.path : page.lab === last.lab)),
  )
  const page = [...pages.slice(from), ...pages.slice(0, from)].find((p) => !done(p))
  if (page === undefined) return undefined
  const heading = own(progress.lessons, page.path)?.heading
  return { path: page.path, id: page.id, title: page.title, ...(heading === undefined ? {} : { heading }) }
}

const total = (tallies: Tally[]): Tally => ({
  done: tallies.reduce((sum, t) => sum + t.done, 0),
  total: tallies.reduce((sum, t) => sum + t.total, 0),
})

const totalHours = (modules: Part[]): Hours => {
  const sum = (part: keyof Hours) => round(modules.reduce((hours, m) => hours + m.hours[part], 0))
  return { done: sum('done'), left: sum('left'), planned: sum('planned') }
}

/** Quarters of an hour have no rounding errors, thirds do. */
const round = (hours: number) => Math.round(hours * 100) / 100
