/** The checks, one by one, with the evidence that the terminal shows. */
import { useEffect, useState } from 'react'
import type { HintAnswer } from '../../../workbook/session/desk/protocol.ts'
import { ApiError, call } from '../../lib/local-api.ts'
import { Ladder } from './Ladder.tsx'
import { busyWith, firstFailure, isWaiting, type Model } from './model.ts'
import type { Send } from './Panel.tsx'
import { Row } from './Row.tsx'

interface Props {
  lab: string
  model: Model
  send: Send
}

export function Checks({ lab, model, send }: Props) {
  const [opened, setOpened] = useState<Record<string, boolean>>({})
  const first = firstFailure(model)?.id
  const idle = busyWith(model) === undefined && model.link === 'open' && model.state?.copy.exists === true
  if (model.checks.length === 0) return <p className="wb-note">Looking for the checks …</p>
  const stale = model.checks.filter((c) => model.shown[c.id]?.changed === true && !isWaiting(model, c.id))
  return (
    <>
      {stale.length > 0 && (
        <p className="wb-note">
          You saved files after {stale.length === model.checks.length ? 'these verdicts' : 'the verdicts in grey'}.
          Check again to see how it stands.
        </p>
      )}
      <ol className="wb-panel-checks">
        {model.checks.map((check) => {
          const shown = model.shown[check.id]
          // The first failure is open by itself, as in the terminal; what the reader opened or closed stays so.
          const isOpen = opened[check.id] ?? check.id === first
          return (
            <Row
              key={check.id}
              check={check}
              shown={shown}
              waiting={isWaiting(model, check.id)}
              open={isOpen}
              onOpen={(on) => setOpened({ ...opened, [check.id]: on })}
              run={idle ? () => send('check', { checks: [check.id] }) : undefined}
              hints={({ diagnosis, hints }) => (
                <Hints lab={lab} check={check.id} diagnosis={diagnosis} of={hints.length} />
              )}
            />
          )
        })}
      </ol>
    </>
  )
}

/** One rung more each time the reader asks; the terminal's `--hint` counts the same ladder. */
function Hints({ lab, check, diagnosis, of }: { lab: string; check: string; diagnosis: string; of: number }) {
  const [hints, setHints] = useState<string[]>([])
  const [trouble, setTrouble] = useState<string>()
  // Another cause has another ladder.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the diagnosis is what the hints belong to
  useEffect(() => setHints([]), [diagnosis])
  const ask = async () => {
    setTrouble(undefined)
    try {
      setHints((await call<HintAnswer>('POST', `/labs/${lab}/hints`, { check })).hints)
    } catch (error) {
      setTrouble(error instanceof ApiError ? error.message : String(error))
    }
  }
  return <Ladder shown={hints} of={of} onAsk={ask} trouble={trouble} />
}
