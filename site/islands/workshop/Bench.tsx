/** The bench: loads what is worked on and what was written before, and then is the desk. */
import { useEffect, useState } from 'react'
import { type Draft, type DraftStore, type Kept, memoryDrafts, openDrafts, writeLate } from '../../lib/run/drafts.ts'
import type { Subject } from '../../lib/run/subject.ts'
import inside from '../panel/open.css?inline'
import panel from '../panel/panel.css?inline'
import { Desk } from './Desk.tsx'
import own from './workshop.css?inline'

export interface BenchProps {
  id: string
  exercise?: { slug: string; files: string[] }
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
        // Nobody waits for it; where it fails, the first check says so.
        void all.subject.warm().catch(() => {})
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
      : import('../../lib/run/exercise.ts').then(({ loadExercise }) => loadExercise(id, exercise.slug, exercise.files)),
    storeOf(),
  ])
  await writeLate(id, store)
  return { subject, store, unkept, known: await store.read(id) }
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
