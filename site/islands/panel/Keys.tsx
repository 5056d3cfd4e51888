/** The keys of the panel. They work while the focus is inside it, and nowhere else (WCAG 2.1.4). */
const KEYS: [string, string][] = [
  ['s', 'start or stop the lab'],
  ['c', 'run all checks'],
  ['f', 'run the first failure again'],
  ['w', 'begin or end a watch'],
  ['x', 'cancel what goes on'],
  ['l', 'show the log'],
  ['d', 'show what differs'],
  ['?', 'show or hide this list'],
]

export function Keys({ onClose }: { onClose: () => void }) {
  return (
    <div className="wb-panel-keys">
      <p>
        While the focus is in this panel:
        <button type="button" className="wb-quiet-button" onClick={onClose}>
          Close
        </button>
      </p>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
