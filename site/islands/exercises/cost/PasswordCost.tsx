/**
 * Parameters of argon2id, measured on the reader's device and held against the floors. Without scripts there is the table of floors and what
 * was measured elsewhere.
 */
import { type SubmitEvent, useRef, useState } from 'react'
import {
  type CostVerdict,
  judgeParameters,
  MOST_MEMORY_KIB,
  nextTry,
  type Parameters,
  TARGET_MS,
  type Try,
} from './judge.ts'
import type { Measured } from './measure.worker.ts'

const START: Parameters = { memoryKiB: 19_456, passes: 2, lanes: 1 }
/** After so many milliseconds a measurement is ended. */
const PATIENCE_MS = 20_000

const WORDS: Record<CostVerdict, string> = {
  invalid: 'Not argon2id',
  below: 'Below a floor',
  unmeasured: 'Not measured',
  fast: 'Too fast',
  right: 'Right',
  slow: 'Too slow',
}

const FIELDS = [
  { name: 'memoryKiB', label: 'Memory, KiB (m)', max: MOST_MEMORY_KIB },
  { name: 'passes', label: 'Passes (t)', max: 20 },
  { name: 'lanes', label: 'Lanes (p)', max: 16 },
] as const

/** Measures in a Worker of its own, which is ended afterwards. */
async function measure(parameters: Parameters): Promise<Measured> {
  const worker = new Worker(new URL('./measure.worker.ts', import.meta.url), { type: 'module' })
  const measured = new Promise<Measured>((resolve) => {
    const late = setTimeout(() => resolve({ error: `No result in ${PATIENCE_MS / 1000} s.` }), PATIENCE_MS)
    const done = (measured: Measured) => {
      clearTimeout(late)
      resolve(measured)
    }
    worker.onmessage = ({ data }: MessageEvent<Measured>) => done(data)
    worker.onerror = (event) => done({ error: event.message || 'The measuring program could not be started.' })
    worker.postMessage(parameters)
  })
  try {
    return await measured
  } finally {
    worker.terminate()
  }
}

export default function PasswordCost() {
  const form = useRef<HTMLFormElement>(null)
  const [tries, setTries] = useState<Try[]>([])
  const [said, setSaid] = useState<{ head: string; reasons: string[] }>()
  const [busy, setBusy] = useState(false)
  const next = nextTry(tries)

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (busy) return
    const fields = new FormData(event.currentTarget)
    const number = (name: string) => Number(fields.get(name))
    const parameters = { memoryKiB: number('memoryKiB'), passes: number('passes'), lanes: number('lanes') }
    const before = judgeParameters(parameters)
    if (before.verdict === 'invalid') return setSaid({ head: WORDS.invalid, reasons: before.reasons })
    setBusy(true)
    setSaid({ head: 'Measuring', reasons: [] })
    const measured = await measure(parameters)
    setBusy(false)
    if ('error' in measured) return setSaid({ head: 'Not measured', reasons: [measured.error] })
    const { verdict, reasons } = judgeParameters(parameters, measured.ms)
    setTries((all) => [...all, { ...parameters, ms: measured.ms }])
    setSaid({ head: WORDS[verdict], reasons })
  }

  /** Writes the estimate into the fields. */
  const take = () => {
    for (const { name } of FIELDS) {
      const field = form.current?.elements.namedItem(name)
      if (field instanceof HTMLInputElement && next !== undefined) field.value = String(next[name])
    }
  }

  return (
    <div className="wb-cost not-content">
      <p className="wb-label">argon2id on this device: {TARGET_MS} ms, within the floors</p>
      <form ref={form} onSubmit={submit}>
        {FIELDS.map(({ name, label, max }) => (
          <label key={name}>
            {label}
            <input name={name} type="number" min={1} max={max} step={1} defaultValue={START[name]} required />
          </label>
        ))}
        <button type="submit" aria-disabled={busy}>
          Measure
        </button>
      </form>
      <div role="status">
        {said !== undefined && (
          <p>
            <strong>{said.head}.</strong> {said.reasons.join(' ')}
          </p>
        )}
      </div>
      {next !== undefined && (
        <p className="wb-next">
          {next.reachable
            ? `For ${TARGET_MS} ms: `
            : 'This device takes longer than the target at every floor. The cheapest: '}
          m=
          {next.memoryKiB}, t=
          {next.passes}, p={next.lanes}, by estimate {next.estimateMs} ms.{' '}
          <button type="button" onClick={take}>
            Fill in
          </button>
        </p>
      )}
      {tries.length > 0 && (
        <table>
          <caption>Your tries</caption>
          <thead>
            <tr>
              <th scope="col">m, KiB</th>
              <th scope="col">t</th>
              <th scope="col">p</th>
              <th scope="col">One hash</th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {tries.map((one, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: tries are only ever added at the end
              <tr key={i}>
                <td>{one.memoryKiB}</td>
                <td>{one.passes}</td>
                <td>{one.lanes}</td>
                <td>{Math.round(one.ms)} ms</td>
                <td>{WORDS[judgeParameters(one, one.ms).verdict]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="wb-without">
        Measuring needs scripts, and they are off. The floors: 46 MiB with one pass, 19 MiB with two, 12 MiB with three.
      </p>
    </div>
  )
}
