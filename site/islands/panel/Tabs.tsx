/** Tabs by the pattern of the ARIA Authoring Practices: one stop in the tab order, arrows choose. */
import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react'

interface Props {
  label: string
  tabs: { id: string; title: string; body: () => ReactNode }[]
  chosen: string
  onChoose: (id: string) => void
}

export function Tabs({ label, tabs, chosen, onChoose }: Props) {
  const own = useId()
  const list = useRef<HTMLDivElement>(null)
  const at = Math.max(
    0,
    tabs.findIndex((t) => t.id === chosen),
  )
  const walk = (event: KeyboardEvent) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (to === undefined) return
    const next = tabs[(to + tabs.length) % tabs.length]
    if (next === undefined) return
    event.preventDefault()
    onChoose(next.id)
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus()
  }
  return (
    <>
      <div className="wb-panel-tabs" role="tablist" aria-label={label} ref={list} onKeyDown={walk}>
        {tabs.map(({ id, title }, i) => (
          <button
            type="button"
            role="tab"
            key={id}
            data-tab={id}
            id={`${own}-${id}`}
            aria-selected={i === at}
            aria-controls={`${own}-${id}-body`}
            tabIndex={i === at ? 0 : -1}
            onClick={() => onChoose(id)}
          >
            {title}
          </button>
        ))}
      </div>
      {tabs.map(({ id, body }, i) => (
        <div
          role="tabpanel"
          key={id}
          id={`${own}-${id}-body`}
          aria-labelledby={`${own}-${id}`}
          hidden={i !== at}
          className="wb-panel-body"
        >
          {i === at && body()}
        </div>
      ))}
    </>
  )
}
