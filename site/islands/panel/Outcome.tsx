/** What goes on, what came of it, and what stood in the way. */
import type { Model } from './model.ts'
import { outcomeLine, reasonLine } from './words.ts'

export function Outcome({ model }: { model: Model }) {
  const { run, refusal, link, says, state } = model
  const going = run !== undefined && run.outcome === undefined
  return (
    <div className="wb-panel-outcome">
      {link === 'lost' && (
        <p className="wb-note" data-kind="trouble">
          The workbook does not answer. Start it again in its terminal: <code>npm start</code>. This page tries by
          itself, and what was checked is kept.
        </p>
      )}
      {refusal !== undefined && (
        <p className="wb-note" data-kind="trouble" role="alert">
          {refusal}
        </p>
      )}
      {state?.trouble !== undefined && (
        <p className="wb-note" data-kind="trouble">
          {state.trouble}
        </p>
      )}
      {state?.stack?.byHand && (
        <p className="wb-note">
          You started this stack by hand, with docker compose. Checks use it and leave it as it is; stop it where you
          started it.
        </p>
      )}
      {run?.reason !== undefined && reasonLine(run) !== undefined && <p className="wb-note">{reasonLine(run)}</p>}
      {/* While it goes on, the last word; afterwards all of them. */}
      {(going ? says.slice(-1) : says).map((text) => (
        <p className="wb-note" key={text}>
          {text}
        </p>
      ))}
      {run?.notes.map((note) => (
        <p className="wb-note" key={note}>
          {note}
        </p>
      ))}
      {run?.outcome?.kind === 'trouble' ? (
        <div className="wb-note" data-kind="trouble">
          {run.outcome.log.length > 0 && <pre>{run.outcome.log.join('\n')}</pre>}
          <p>
            <b>{run.outcome.error}</b> {run.outcome.remedy}
          </p>
          {run.act === 'check' && <p>No check ran: only a system that is up can be graded.</p>}
        </div>
      ) : (
        run !== undefined &&
        outcomeLine(run) !== undefined && (
          <p className="wb-note" data-kind="end">
            {outcomeLine(run)}
            {run.seed !== undefined && run.outcome?.kind === 'end' && (
              <>
                {' '}
                · seed <code>{run.seed}</code>
              </>
            )}
          </p>
        )
      )}
    </div>
  )
}
