/** Figures as they are printed: minimum, median and maximum, beside a target or a baseline of the same run. */

/** Prints milliseconds; `target` in milliseconds too, where design has one. */
export function say(what: string, times: readonly number[], target?: number): void {
  line(what, `${spread(times, 0)} ms`, target === undefined ? '' : `target <= ${target} ms`)
}

/** Prints how many times the first took the second, pair by pair. */
export function sayRatio(what: string, times: readonly number[], baseline: readonly number[], target: number): void {
  const ratios = times.map((ms, i) => ms / (baseline[i] ?? Number.NaN))
  line(what, spread(ratios, 2), `target <= ${target}`)
}

/** Says why a figure is missing: a bench that leaves one out in silence looks complete. */
export function skip(what: string, why: string): void {
  line(what, 'not measured', why)
}

const line = (what: string, figures: string, beside: string) =>
  console.log(`${what.padEnd(42)} ${figures.padEnd(24)} ${beside}`.trimEnd())

function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (i: number) => (sorted[i] ?? Number.NaN).toFixed(digits)
  return `${at(0)} / ${at(Math.floor(sorted.length / 2))} / ${at(sorted.length - 1)}`
}

/** Milliseconds that `act` takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await act()
  return performance.now() - from
}
