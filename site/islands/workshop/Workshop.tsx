/**
 * An exercise, or a lab, in the page: its files in an editor, its checks beside it. Until it is opened it is a line with a button; then comes the bench, and what
 * runs programs comes with the first check.
 */
import { type ComponentType, useCallback, useEffect, useState } from 'react'
import { within } from '../../lib/run/within.ts'
import type { BenchProps } from './Bench.tsx'

/** Folder in labs/exercises, and its files in order. `contained`: its programs run in a WebContainer. */
export interface ExerciseProps {
  slug: string
  files: string[]
  contained?: boolean
}

export interface Props {
  /** `X1.3` or `L03`. */
  id: string
  exercise?: ExerciseProps
}

export default function Workshop({ id, exercise }: Props) {
  const [open, setOpen] = useState(false)
  const [Bench, setBench] = useState<ComponentType<BenchProps>>()
  const [trouble, setTrouble] = useState<string>()
  const [status, setStatus] = useState('')
  const key = `wb-shop:${id}`

  const load = useCallback(() => {
    setTrouble(undefined)
    within(import('./Bench.tsx'), 'The editor').then(
      (module) => setBench(() => module.default),
      (error: unknown) => setTrouble(`${sentenceOf(error)} Close and open this again, or load the page again.`),
    )
  }, [])
  const show = (on: boolean) => {
    setOpen(on)
    try {
      // After a reload it opens again by itself, in this tab.
      if (on) sessionStorage.setItem(key, 'open')
      else sessionStorage.removeItem(key)
    } catch {
      // Then it stays closed.
    }
    if (on && Bench === undefined) load()
  }
  useEffect(() => {
    try {
      if (sessionStorage.getItem(key) === null) return
    } catch {
      return
    }
    setOpen(true)
    load()
  }, [key, load])

  return (
    <div className="wb-panel" data-shop={open ? 'open' : 'closed'}>
      <div className="wb-panel-head">
        <button type="button" className="wb-panel-title" aria-expanded={open} onClick={() => show(!open)}>
          <span>
            <b>{exercise === undefined ? `Lab ${id}` : `Exercise ${id}`}</b> in this page
          </span>
          <span className="wb-panel-status">
            {status || (exercise === undefined ? 'Change it and check it, with nothing installed' : 'Write it here')}
          </span>
        </button>
      </div>
      {open && trouble !== undefined && (
        <p className="wb-panel-outcome" role="alert">
          {trouble}
        </p>
      )}
      {open && trouble === undefined && Bench === undefined && <p className="wb-panel-outcome">Opening …</p>}
      {open && Bench !== undefined && (
        <Bench id={id} onStatus={setStatus} {...(exercise === undefined ? {} : { exercise })} />
      )}
    </div>
  )
}

const sentenceOf = (error: unknown) =>
  error instanceof Error && error.name !== 'TypeError' ? error.message : 'The editor did not come.'
