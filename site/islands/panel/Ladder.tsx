/** Hints, one rung more each time the reader asks. */
interface Props {
  /** Those that were asked for, the farthest first. */
  shown: readonly string[]
  /** So many there are. */
  of: number
  onAsk: () => unknown
  trouble?: string | undefined
}

export function Ladder({ shown, of, onAsk, trouble }: Props) {
  if (of === 0) return null
  return (
    <div className="wb-hints">
      <ol aria-live="polite">
        {shown.map((hint) => (
          <li key={hint}>{hint}</li>
        ))}
      </ol>
      {shown.length < of && (
        <button type="button" onClick={onAsk}>
          {shown.length === 0 ? 'Give me a hint' : `One hint more (${shown.length} of ${of})`}
        </button>
      )}
      {trouble !== undefined && <p role="alert">{trouble}</p>}
    </div>
  )
}
