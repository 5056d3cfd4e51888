/** A file in the editor. */
import { useEffect, useId, useRef, useState } from 'react'
import { type Editor, type FileState, type Mark, openEditor } from './editor.ts'

interface Props {
  file: string
  text: string
  /** Another number: the text was changed by something else than typing. */
  edition: number
  readOnly: boolean
  mark: Mark | undefined
  /** States of files that are not shown. */
  states: Map<string, FileState>
  onChange: (text: string) => void
  onCheck: () => void
}

/** Where this browser keeps whether Tab indents. */
const TAB = 'wb-tab-indents'

const isMac = () => /Mac|iPhone|iPad/.test(navigator.platform)

export function Code({ file, text, edition, readOnly, mark, states, onChange, onCheck }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const editor = useRef<Editor>(undefined)
  const hint = useId()
  const [tabIndents, setTabIndents] = useState(() => keptTab())
  // The editor lives longer than one drawing: it calls what is current.
  const now = useRef({ text, onChange, onCheck, tabIndents })
  now.current = { text, onChange, onCheck, tabIndents }

  useEffect(() => {
    if (box.current === null) return
    const before = states.get(file)
    const open = openEditor(
      {
        parent: box.current,
        label: `${file}, code editor`,
        describedBy: hint,
        readOnly,
        tabIndents: now.current.tabIndents,
        onChange: (changed) => now.current.onChange(changed),
        onCheck: () => now.current.onCheck(),
      },
      before ?? now.current.text,
    )
    open.replace(now.current.text)
    editor.current = open
    return () => {
      states.set(file, open.close())
      editor.current = undefined
    }
  }, [file, readOnly, hint, states])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the edition says that the text is another one; typing does not
  useEffect(() => editor.current?.replace(now.current.text), [edition])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another file has another editor
  useEffect(() => editor.current?.mark(mark), [mark, file, readOnly])
  useEffect(() => editor.current?.tabIndents(tabIndents), [tabIndents])

  const choose = (on: boolean) => {
    setTabIndents(on)
    try {
      localStorage.setItem(TAB, on ? '1' : '0')
    } catch {
      // Then it holds for this page.
    }
  }
  const mod = isMac() ? 'Cmd' : 'Ctrl'
  return (
    <div className="wb-code">
      <div ref={box} className="wb-code-box" />
      <p className="wb-code-hint">
        <span id={hint}>
          {tabIndents ? 'Escape, then Tab leaves the editor.' : `Tab leaves the editor; ${mod}-] and ${mod}-[ indent.`}{' '}
          {mod}-Enter checks.
        </span>
        <label>
          <input type="checkbox" checked={tabIndents} onChange={(event) => choose(event.target.checked)} /> Tab indents
        </label>
      </p>
    </div>
  )
}

function keptTab(): boolean {
  try {
    return localStorage.getItem(TAB) === '1'
  } catch {
    return false
  }
}
