/** The stacks of further settings: one for each that a run needs, beside the stack that is graded. */
import type { Lab } from '../catalog/index.ts'
import { mainOf, startBeside } from '../stack/beside.ts'
import type { Stack } from '../stack/types.ts'
import type { Context } from './context.ts'

export class Further {
  readonly #lab: Lab
  readonly #held = new Map<string, Promise<Stack>>()

  constructor(lab: Lab) {
    this.#lab = lab
  }

  /**
   * Starts what is not there yet, or is of other files than the main stack, all in the background. What an earlier run left is used again.
   * @returns by the names of their settings; each may fail with EnvironmentTrouble
   */
  take(context: Context, main: Stack, names: readonly string[]): ReadonlyMap<string, Promise<Stack>> {
    for (const name of names) {
      const work = this.#renewed(context, main, name, this.#held.get(name))
      // Whoever needs it is told; without anybody it is no unhandled rejection.
      work.catch(() => {})
      this.#held.set(name, work)
    }
    return new Map([...this.#held].filter(([name]) => names.includes(name)))
  }

  async close(): Promise<void> {
    const stacks = await Promise.all([...this.#held.values()].map((work) => work.catch(() => undefined)))
    this.#held.clear()
    await Promise.all(stacks.map((stack) => stack?.close()))
  }

  async #renewed(context: Context, main: Stack, name: string, before: Promise<Stack> | undefined): Promise<Stack> {
    const stack = await before?.catch(() => undefined)
    if (stack === undefined) return this.#started(context, main, name)
    const same = stack.dir === main.dir && stack.transport === main.transport && stack.digest === main.digest
    if (same && (await stack.present()) && (await stack.alive()).alive) return stack
    // Another program by now: it is quicker made anew than mended.
    await stack.close()
    return this.#started(context, main, name)
  }

  async #started(context: Context, main: Stack, name: string): Promise<Stack> {
    const settings = this.#lab.settings[name]
    if (settings === undefined) throw new Error(`${this.#lab.id} has no settings "${name}"`)
    // Two commands may grade one stack at once.
    const run = `run${context.self.pid.toString(36)}`
    const own = main.name.endsWith(run) ? main.name : `${main.name}-${run}`
    const { signal } = context
    return startBeside(
      await mainOf(main),
      { lab: this.#lab, dir: main.dir, name: `${own}-${name}`, settings, signal, progress: () => {} },
      { places: context.places, owner: context.self },
    )
  }
}
