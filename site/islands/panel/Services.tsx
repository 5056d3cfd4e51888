/** What runs where, and why there. */
import type { LabState, Transport } from '../../../workbook/session/desk/protocol.ts'

interface Props {
  state: LabState | undefined
  /** What the reader chose; undefined: what the workbook would take. */
  chosen: Transport | undefined
  onChoose: (transport: Transport) => void
}

export function Services({ state, chosen, onChoose }: Props) {
  if (state === undefined) return null
  const { stack, would, copy } = state
  return (
    <dl className="wb-panel-facts">
      <div>
        <dt>Your copy</dt>
        <dd>
          {copy.exists ? (
            <code>{copy.path}/</code>
          ) : (
            <>
              none yet; Start writes it to <code>{copy.path}/</code>
            </>
          )}
          {copy.track !== undefined && <> · {copy.track}</>}
        </dd>
      </div>
      {stack === undefined ? (
        <div>
          <dt>
            <label htmlFor="wb-run-on">Run on</label>
          </dt>
          <dd>
            <select
              id="wb-run-on"
              value={chosen ?? would.transport}
              onChange={(event) => onChoose(event.target.value as Transport)}
            >
              <option value="container">containers</option>
              <option value="process">processes</option>
            </select>{' '}
            {would.why}
          </dd>
        </div>
      ) : (
        <>
          {stack.origin !== undefined && (
            <div>
              <dt>API</dt>
              <dd>
                <a href={`${stack.origin}/api/health/ready`} target="_blank" rel="noreferrer">
                  {stack.origin}
                </a>
              </dd>
            </div>
          )}
          <div>
            <dt>Services</dt>
            <dd>
              <ul>
                {stack.services.map((service) => (
                  <li key={service.name} data-state={service.state}>
                    {service.name} <b>{service.state}</b>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        </>
      )}
    </dl>
  )
}
