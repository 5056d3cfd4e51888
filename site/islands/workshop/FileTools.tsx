/** Files that have no tab yet, and new ones. */
import { useId, useState } from 'react'
import type { Action, Model } from './model.ts'

interface Props {
  model: Model
  editable: (path: string) => boolean
  dispatch: (action: Action) => void
}

export function FileTools({ model, editable, dispatch }: Props) {
  const [name, setName] = useState<string>()
  const [said, setSaid] = useState<string>()
  const hint = useId()
  const others = Object.keys(model.files)
    .filter((file) => !model.tabs.includes(file))
    .sort()
  const make = () => {
    const file = name?.trim() ?? ''
    if (!editable(file)) return setSaid('A file lies below api/src, migrations or data: api/src/auth/families.ts')
    dispatch({ type: 'add', file })
    setName(undefined)
    setSaid(undefined)
  }
  const own = model.chosen !== '' && model.starter[model.chosen] === undefined
  return (
    <form
      className="wb-log-tools wb-file-tools"
      onSubmit={(event) => {
        event.preventDefault()
        make()
      }}
    >
      <label>
        Another file{' '}
        <select value="" onChange={(event) => dispatch({ type: 'choose', file: event.target.value })}>
          <option value="">choose …</option>
          {others.map((file) => (
            <option key={file} value={file}>
              {file}
              {editable(file) ? '' : ' (to read)'}
            </option>
          ))}
        </select>
      </label>
      {name === undefined ? (
        <button type="button" onClick={() => setName('api/src/')}>
          New file
        </button>
      ) : (
        <>
          <label>
            Its path{' '}
            <input type="text" value={name} aria-describedby={hint} onChange={(event) => setName(event.target.value)} />
          </label>
          <button type="submit">Make it</button>
          <button
            type="button"
            onClick={() => {
              setName(undefined)
              setSaid(undefined)
            }}
          >
            Leave it
          </button>
        </>
      )}
      {own && (
        <button type="button" onClick={() => dispatch({ type: 'remove', file: model.chosen })}>
          Remove {model.chosen}
        </button>
      )}
      <span id={hint} role="status">
        {said}
      </span>
    </form>
  )
}
