/** Proof of the exercises: right programs pass, the starter does not, each mutant fails its check alone, for the reason its author named. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { type Exercise, loadExercise } from '../catalog/index.ts'
import { type Call, CallTrouble, type ExerciseResult, gradeExercise } from '../grader/index.ts'
import { loadExerciseChecks } from '../grader/load.ts'
import { exerciseProgram, removeFolder, writeTree } from '../workspace/materialise.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = readdirSync(path.join(root, 'labs', 'exercises'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
const exercises = await Promise.all(folders.map((folder) => loadExercise(root, folder)))
const SEEDS = ['7f3a19', '0b2c44']

/** Programs are written here to be imported: below the packages that they need. */
const written = path.join(root, '.workbook', `exercises-${process.pid}`)
afterAll(() => removeFolder(written))

/** Calls exports of a program in this process, by the rules of the other place: everything is copied. */
async function callOf(exercise: Exercise, program: string): Promise<Call> {
  const folder = path.join(written, exercise.slug, program)
  await writeTree(await exerciseProgram(exercise, program), folder)
  const module: Record<string, unknown> = await import(pathToFileURL(path.join(folder, exercise.files[0] ?? '')).href)
  return async (name, ...args) => {
    const fn = module[name]
    if (typeof fn !== 'function') throw new CallTrouble('no-export', `no function ${name}`)
    let value: unknown
    try {
      value = await fn(...structuredClone(args))
    } catch (error) {
      const { name: kind, message } = error as Error
      return { thrown: { name: kind, message } }
    }
    return { value: structuredClone(value) }
  }
}

async function graded(exercise: Exercise, program: string, seed: string): Promise<ExerciseResult[]> {
  const results: ExerciseResult[] = []
  const checks = await loadExerciseChecks(exercise)
  for await (const result of gradeExercise(checks, await callOf(exercise, program), seed)) results.push(result)
  return results
}

/** `C04 public-key-as-secret` for each that did not pass; what waits for another is left out. */
const red = (results: ExerciseResult[]) =>
  results
    .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'blocked')
    .map((r) => `${r.id} ${r.failure?.diagnosis ?? `${r.verdict}: ${r.reason}`}`)

for (const exercise of exercises.filter(({ files }) => files.length > 0)) {
  const checks = await loadExerciseChecks(exercise)
  describe.each(SEEDS)(`${exercise.id} ${exercise.slug}, seed %s`, (seed) => {
    test.each(['solution', ...exercise.alternates.map((id) => `alternates/${id}`)])('%s passes', async (program) => {
      const results = await graded(exercise, program, seed)
      expect(results.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(checks.map(({ id }) => `${id} pass`))
    })
    test('the starter runs and fails', async () => {
      const results = await graded(exercise, 'starter', seed)
      // It is plausible: good input works.
      expect(results[0]?.verdict).toBe('pass')
      expect(red(results).length).toBeGreaterThan(1)
      expect(results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'fail')).toEqual([])
    })
    test.each(exercise.mutants)('$id is killed by $killedBy alone, as $diagnosis', async (mutant) => {
      expect(red(await graded(exercise, `mutants/${mutant.id}`, seed))).toEqual([
        `${mutant.killedBy} ${mutant.diagnosis}`,
      ])
    })
  })
  test.each(checks.map((check) => [check.id, check] as const))(
    `${exercise.id} %s fails for two mutants at least, and each of its diagnoses is told`,
    (id, check) => {
      const own = exercise.mutants.filter(({ killedBy }) => killedBy === id)
      expect(own.length).toBeGreaterThan(1)
      expect([...new Set(own.map(({ diagnosis }) => diagnosis))].sort()).toEqual(check.diagnose.map((d) => d.id).sort())
    },
  )
}
