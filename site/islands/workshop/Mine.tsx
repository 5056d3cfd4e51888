/** What is written as a whole: the starter again, former states, a file to keep, and the way into the learner's copy. Nothing here loses work. */
import { type ChangeEvent, useState } from 'react'
import type { DraftAnswer } from '../../../workbook/session/desk/protocol.ts'
import { ApiError, call, isLocal } from '../../lib/local-api.ts'
import type { Kept } from '../../lib/run/drafts.ts'
import { exportText, fitsRequest } from '../../lib/run/exchange-file.ts'
import type { Files } from '../../lib/run/subject.ts'
import { ago } from '../panel/words.ts'

interface Props {
  id: string
  isExercise: boolean
  /** What differs from the starter. */
  files: Files
  kept: readonly Kept[]
  reset: () => Promise<void>
  restore: (former: Kept) => Promise<void>
  /** @throws an Error with a sentence where the text is no draft */
  take: (text: string) => Promise<void>
}

export function Mine({ id, isExercise, files, kept, reset, restore, take }: Props) {
  const [said, setSaid] = useState<string>()
  const count = Object.keys(files).length
  const name = `${id.toLowerCase()}-draft.json`
  const say = (work: Promise<unknown>, done: string) =>
    work.then(
      () => setSaid(done),
      (error: unknown) => setSaid(error instanceof Error ? error.message : String(error)),
    )
  const send = () => {
    setSaid('Copying …')
    if (!fitsRequest(id, files))
      return setSaid(
        `These files are too large for one request. Export them, then: npm run lab -- import-draft ${id} ${name}`,
      )
    call<DraftAnswer>('POST', `/labs/${id}/draft`, { workbook: 1, lab: id, files }, 30_000).then(
      ({ changed, left, snapshot }) =>
        setSaid(
          [
            changed.length === 0 ? 'Your copy has them already.' : `Written into your copy: ${changed.join(', ')}.`,
            left.length === 0 ? '' : `Left alone, links or saved just now: ${left.join(', ')}.`,
            snapshot === undefined ? '' : `As it was before: npm run lab -- restore ${id} ${snapshot}`,
          ].join(' '),
        ),
      (error: unknown) => setSaid(error instanceof ApiError ? error.message : String(error)),
    )
  }
  const read = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? []
    target.value = ''
    if (file !== undefined) await say(file.text().then(take), `Taken from ${file.name}.`)
  }
  return (
    <div className="wb-shop-mine">
      <div className="wb-log-tools">
        <span className="wb-count">
          {count === 0
            ? 'As in the starter'
            : `${count} ${count === 1 ? 'file' : 'files'} of your own, kept by this browser`}
        </span>
        <button type="button" disabled={count === 0} onClick={() => say(reset(), 'The starter is back.')}>
          Put the starter back
        </button>
        <button type="button" disabled={count === 0} onClick={() => download(name, exportText(id, files))}>
          Export
        </button>
        <label className="wb-file-button">
          <input type="file" accept=".json,application/json" onChange={read} />
          <span>Import</span>
        </label>
        {!isExercise && isLocal() && (
          <button type="button" disabled={count === 0} onClick={send}>
            Copy into my workspace
          </button>
        )}
      </div>
      <p role="status">{said}</p>
      {kept.length > 0 && (
        <details>
          <summary>Former states ({kept.length})</summary>
          <ul>
            {kept.toReversed().map((former) => (
              <li key={former.at}>
                {ago(new Date(former.at).toISOString(), Date.now())}, {former.why}: {former.drafts.length}{' '}
                {former.drafts.length === 1 ? 'file' : 'files'}{' '}
                <button
                  type="button"
                  aria-label={`Bring back what was there ${former.why}`}
                  onClick={() => say(restore(former), 'It is back.')}
                >
                  Bring back
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
