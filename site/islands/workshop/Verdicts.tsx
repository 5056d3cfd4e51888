/** The checks with their verdicts, and a ladder of hints for each failure. */
import { useState } from 'react'
import { Ladder } from '../panel/Ladder.tsx'
import { Row } from '../panel/Row.tsx'
import { firstFailure, isWaiting, type Model } from './model.ts'

interface Props {
  model: Model
  run: ((check: string) => void) | undefined
}

export function Verdicts({ model, run }: Props) {
  const [opened, setOpened] = useState<Record<string, boolean>>({})
  /** So many hints were asked for, by check and cause: another cause has another ladder. */
  const [asked, setAsked] = useState<Record<string, number>>({})
  const first = firstFailure(model)?.id
  const stale = model.checks.filter(({ id }) => model.shown[id]?.changed === true && !isWaiting(model, id))
  return (
    <>
      {stale.length > 0 && (
        <p className="wb-note">
          You changed files after {stale.length === model.checks.length ? 'these verdicts' : 'the verdicts in grey'}.
          Check again to see how it stands.
        </p>
      )}
      <ol className="wb-panel-checks">
        {model.checks.map((check) => (
          <Row
            key={check.id}
            check={check}
            shown={model.shown[check.id]}
            waiting={isWaiting(model, check.id)}
            // The first failure is open by itself, as in the terminal; what the reader opened or closed stays so.
            open={opened[check.id] ?? check.id === first}
            onOpen={(on) => setOpened({ ...opened, [check.id]: on })}
            run={run && (() => run(check.id))}
            hints={({ diagnosis, hints }) => {
              const key = `${check.id} ${diagnosis}`
              const count = asked[key] ?? 0
              return (
                <Ladder
                  shown={hints.slice(0, count)}
                  of={hints.length}
                  onAsk={() => setAsked({ ...asked, [key]: count + 1 })}
                />
              )
            }}
          />
        ))}
      </ol>
    </>
  )
}
