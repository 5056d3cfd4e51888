/** Finds the checks of a lab and holds them against its contract. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { didYouMean, type Exercise, type Lab } from '../catalog/index.ts'
import { type AnyCheck, type Claim, clausesOf, type Needs, settingsOf } from './core/check.ts'
import type { AnyExerciseCheck } from './core/exercise.ts'
import { GraderBug } from './core/failure.ts'

/**
 * The checks of a lab, in the order of their ids. A check file is `labs/<lab>/checks/<anything>.check.ts`; every exported check counts.
 * @throws GraderBug where a claim cites no clause of the contract, a check names settings that the lab does not have, or two share an id
 */
export async function loadChecks(lab: Lab): Promise<AnyCheck[]> {
  const dir = path.join(lab.dir, 'checks')
  const files = existsSync(dir) ? (await readdir(dir)).filter((f) => f.endsWith('.check.ts')).sort() : []
  const modules: Record<string, unknown>[] = await Promise.all(
    files.map((file) => import(pathToFileURL(path.join(dir, file)).href)),
  )
  const checks = modules.flatMap((m) => Object.values(m)).filter(isCheck)
  checks.sort((a, b) => a.id.localeCompare(b.id))
  for (const check of checks) {
    if (checks.some((other) => other !== check && other.id === check.id))
      throw new GraderBug(`two checks are called ${check.id}`)
    const settings = settingsOf(check)
    if (lab.settings[settings] === undefined) {
      const near = didYouMean(settings, Object.keys(lab.settings))
      throw new GraderBug(
        `${check.id} names the settings ${settings}, which ${lab.id} does not have.${near ? ` Did you mean ${near}?` : ''}`,
      )
    }
    for (const [name, claim] of Object.entries<Claim>(check.claims)) {
      if (lab.contract.some((c) => c.id === claim.clause)) continue
      const near = didYouMean(
        claim.clause,
        lab.contract.map((c) => c.id),
      )
      throw new GraderBug(
        `${check.id}.${name} cites the clause ${claim.clause}, which the contract of ${lab.id} does not have.${near ? ` Did you mean ${near}?` : ''}`,
      )
    }
  }
  return checks
}

/**
 * The checks of an exercise, in their order: the default export of its `checks.ts`. None where it is a choice.
 * @throws GraderBug where two share an id, or one needs a check that does not come before it
 */
export async function loadExerciseChecks(exercise: Exercise): Promise<AnyExerciseCheck[]> {
  if (exercise.files.length === 0) return []
  const module: { default: AnyExerciseCheck[] } = await import(pathToFileURL(path.join(exercise.dir, 'checks.ts')).href)
  const checks = module.default
  for (const [i, check] of checks.entries()) {
    if (checks.findIndex((other) => other.id === check.id) < i)
      throw new GraderBug(`two checks of ${exercise.id} are called ${check.id}`)
    const later = check.needs?.find((need) => !checks.slice(0, i).includes(need))
    if (later !== undefined) throw new GraderBug(`${check.id} needs ${later.id}, which does not come before it`)
  }
  return checks
}

/** Clauses that no check asserts. A lint error: what is asked for is graded. */
export function ungradedClauses(lab: Lab, checks: AnyCheck[]): string[] {
  const cited = new Set(checks.flatMap(clausesOf))
  return lab.contract.map((c) => c.id).filter((id) => !cited.has(id))
}

/** The named checks, or all; with what they need. */
export function selectChecks(checks: AnyCheck[], ids: string[]): AnyCheck[] {
  if (ids.length === 0) return checks
  const wanted = ids.map((id) => {
    const found = checks.find((c) => c.id.toLowerCase() === id.toLowerCase())
    if (found !== undefined) return found
    const near = didYouMean(
      id,
      checks.map((c) => c.id),
    )
    throw new UnknownCheck(
      `There is no check "${id}".${near ? ` Did you mean ${near}?` : ''} Checks: ${checks.map((c) => c.id).join(', ')}.`,
    )
  })
  const needed = (check: AnyCheck): AnyCheck[] => [
    check,
    ...Object.values((check.needs ?? {}) as Needs).flatMap(needed),
  ]
  const all = new Set(wanted.flatMap(needed))
  return checks.filter((c) => all.has(c))
}

export class UnknownCheck extends Error {
  override name = 'UnknownCheck'
}

function isCheck(value: unknown): value is AnyCheck {
  return typeof value === 'object' && value !== null && 'claims' in value && 'run' in value && 'diagnose' in value
}
