/** What runs where, and why there. */
import type { LabState } from '../../../workbook/session/desk/protocol.ts'
import { TRANSPORTS } from './words.ts'

export function Services({ state }: { state: LabState | undefined }) {
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
          <dt>Would run on</dt>
          <dd>
            {TRANSPORTS[would.transport]}. {would.why}
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
