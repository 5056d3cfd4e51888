/** What the checks asked the programs, and what came back. */
import type { RequestEntry } from '../../lib/run/subject.ts'

export function Requests({ entries }: { entries: readonly RequestEntry[] }) {
  if (entries.length === 0) return <p className="wb-note">No request yet. A check sends some.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="wb-requests" tabIndex={0} aria-label="Requests, the newest first">
      <table>
        <thead>
          <tr>
            {['To', 'Request', 'Answer', 'ms'].map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.toReversed().map(({ n, program, method, path, status, trouble, ms }) => (
            <tr key={n} data-kind={trouble !== undefined || (status ?? 0) >= 500 ? 'trouble' : undefined}>
              <td>{program}</td>
              <td>
                <code>
                  {method} {path}
                </code>
              </td>
              <td>{status ?? trouble ?? '…'}</td>
              <td>{ms}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
