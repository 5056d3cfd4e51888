/** `npm start` on a built site: from the start of our process to the first lesson. */
import { freePort } from '../workbook/doctor/ports.ts'
import { command } from './command.ts'

export async function siteStart(rounds: number): Promise<number[]> {
  const times: number[] = []
  // One round more: the first may build.
  for (let round = 0; round <= rounds; round++) {
    const port = await freePort()
    const from = performance.now()
    const site = command(['start'], { PORT: String(port) })
    while ((await status(`http://127.0.0.1:${port}/01-authentication/02-passwords-now/`)) !== 200)
      await new Promise((resolve) => setTimeout(resolve, 10))
    if (round > 0) times.push(performance.now() - from)
    await site.interrupt()
  }
  return times
}

async function status(url: string): Promise<number> {
  try {
    return (await fetch(url)).status
  } catch {
    return 0
  }
}
