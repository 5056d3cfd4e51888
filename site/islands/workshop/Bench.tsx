/** The bench: loads what is worked on and what was written before, and then is the desk. */
import { useEffect, useState } from 'react'
import { type Draft, type DraftStore, type Kept, memoryDrafts, openDrafts, writeLate } from '../../lib/run/drafts.ts'
import type { Subject } from '../../lib/run/subject.ts'
import inside from '../panel/open.css?inline'
import panel from '../panel/panel.css?inline'
import { Desk } from './Desk.tsx'
import type { ExerciseProps } from './Workshop.tsx'
import own from './workshop.css?inline'

export interface BenchProps {
  id: string
  exercise?: ExerciseProps
  onStatus: (status: string) => void
}

interface Loaded {
  subject: Subject
  store: DraftStore
  known: { drafts: Draft[]; kept: Kept[] }
  /** Why nothing that is written outlives the page. */
  unkept: string | undefined
}

export default function Bench({ id, exercise, onStatus }: BenchProps) {
  const [loaded, setLoaded] = useState<Loaded>()
  const [trouble, setTrouble] = useState<string>()
  const [again, setAgain] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what an exercise is does not change while the page is open; the counter asks again
  useEffect(() => {
    let late = false
    setTrouble(undefined)
    load(id, exercise).then(
      (all) => {
        if (late) return
        setLoaded(all)
      },
      (error: unknown) => late || setTrouble(error instanceof Error ? error.message : String(error)),
    )
    return () => {
      late = true
    }
  }, [id, again])
  return (
    <>
      <style href="wb-shop" precedence="panel">
        {`${panel}${inside}${own}`}
      </style>
      {trouble !== undefined && (
        <p className="wb-panel-outcome" role="alert">
          {trouble}{' '}
          <button type="button" onClick={() => setAgain(again + 1)}>
            Try again
          </button>
        </p>
      )}
      {trouble === undefined && loaded === undefined && <p className="wb-panel-outcome">Opening …</p>}
      {loaded !== undefined && <Desk id={id} isExercise={exercise !== undefined} onStatus={onStatus} {...loaded} />}
    </>
  )
}

async function load(id: string, exercise: BenchProps['exercise']): Promise<Loaded> {
  const [subject, { store, unkept }] = await Promise.all([
    exercise === undefined
      ? import('../../lib/run/lab.ts').then(({ loadLab }) => loadLab(id))
      : loadedExercise(id, exercise),
    storeOf(),
  ])
  await writeLate(id, store)
  return { subject, store, unkept, known: await store.read(id) }
}

async function loadedExercise(id: string, { slug, files, contained = false }: ExerciseProps): Promise<Subject> {
  const { loadExercise } = await import('../../lib/run/exercise.ts')
  // The first half is known to the build: a site without WebContainers has nothing of them.
  if (__WEBCONTAINERS__ !== '' && contained) {
    const { openContained } = await import('../../lib/run/webcontainer.ts')
    return loadExercise(id, slug, files, openContained)
  }
  return loadExercise(id, slug, files)
}

async function storeOf(): Promise<{ store: DraftStore; unkept: string | undefined }> {
  try {
    return { store: await openDrafts(), unkept: undefined }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return {
      store: memoryDrafts(),
      unkept: `This browser keeps nothing for this page (${why}). Export what you want to keep.`,
    }
  }
}
