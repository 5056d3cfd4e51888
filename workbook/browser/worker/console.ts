/** `console` of a program in the page. */
import { format } from '../node/util.ts'

/** `console` as far as it prints. */
export function createConsole(write: (line: string) => void): Partial<Console> {
  const print = (...values: unknown[]) => {
    for (const line of format(...values).split('\n')) write(line)
  }
  const counts = new Map<string, number>()
  return {
    log: print,
    info: print,
    debug: print,
    warn: print,
    error: print,
    trace: print,
    dir: (value: unknown) => print(value),
    table: (value: unknown) => print(value),
    assert: (condition?: boolean, ...values: unknown[]) => {
      if (condition !== true) print('Assertion failed', ...values)
    },
    count: (label = 'default') => {
      counts.set(label, (counts.get(label) ?? 0) + 1)
      print(`${label}: ${counts.get(label)}`)
    },
    group: print,
    groupEnd: () => {},
    time: () => {},
    timeEnd: () => {},
  }
}
