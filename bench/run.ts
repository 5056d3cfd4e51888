/** Measures what design promises (docs/architecture.md, "Numbers"): starts, first verdicts, and what grading costs over its requests. */
import os from 'node:os'
import { loadChecks } from '../workbook/grader/load.ts'
import { engineVersion } from '../workbook/stack/container/docker.ts'
import { command } from './command.ts'
import { say, sayRatio, skip, timed } from './figures.ts'
import { firstVerdict, savedToVerdict } from './first-verdict.ts'
import { grade, replay } from './over-bare.ts'
import { panelTimes } from './panel.ts'
import { plainChecks } from './plain.ts'
import { siteStart } from './site.ts'
import { type Subject, withStack, withSubject } from './subject.ts'
import { workshopTimes } from './workshop.ts'

const ROUNDS = 7
const STARTS = 3

const load = os.loadavg()[0]?.toFixed(1)
console.log(
  `${process.platform}-${process.arch}, ${os.cpus().length} cores, load ${load}: minimum / median / maximum of ${ROUNDS} rounds, of ${STARTS} for starts\n`,
)
await withSubject(async (subject) => {
  await onProcesses(subject)
  await onContainers(subject)
})
say('site: start to first lesson', await siteStart(STARTS), 2_000)

for (const transport of ['process', 'container'] as const) {
  const words = { process: 'processes', container: 'containers' }[transport]
  if (transport === 'container' && (await engineVersion()) === undefined) {
    skip(`page: click on Check to first verdict, ${words}`, 'Docker does not answer')
    continue
  }
  const { interactive, firstVerdict: verdict } = await panelTimes(transport, ROUNDS)
  if (transport === 'process') say('page: click until the panel answers', interactive, 300)
  say(`page: Check to first verdict, ${words}`, verdict, 1_000)
}

for (const [what, where, button, cold, warm] of [
  ['exercise X1.3', 'exercises/jwt-policy/', 'Check', 1_000, 600],
  ['exercise X1.4', 'exercises/rotation-timeline/', 'Check', 1_000, 600],
  ['L03 in the page, C01', '01-authentication/lab-03-refresh-rotation/', 'Run C01', 3_000, undefined],
] as const) {
  const times = await workshopTimes(where, button, ROUNDS)
  say(`${what}: click to all verdicts, cold`, times.cold, cold)
  say('  again', times.warm, warm)
  console.log(
    `  loaded for it: ${(times.bytes.raw / 1e6).toFixed(2)} MB, ${(times.bytes.gzip / 1e6).toFixed(2)} MB with gzip`,
  )
}

async function onProcesses(subject: Subject): Promise<void> {
  const starts: number[] = []
  for (let round = 1; round < STARTS; round++)
    await withStack(subject, 'process', async (_, startMs) => void starts.push(startMs))
  await withStack(subject, 'process', async (stack, startMs) => {
    say('lab start, processes', [...starts, startMs], 2_000)
    const shared = (await loadChecks(subject.lab)).filter((c) => c.lane === 'shared')
    for (const [name, checks] of [
      [`${shared.length} checks of ${subject.lab.id}, shared lane`, shared],
      [`${plainChecks.length} plain checks`, plainChecks],
    ] as const) {
      const graded: number[] = []
      const bare: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const { ms, exchanges } = await grade(stack, [...checks], `bench${round}`)
        graded.push(ms)
        bare.push(await replay(exchanges))
      }
      say(name, graded, checks === plainChecks ? 3_000 : undefined)
      say('  the same requests, bare', bare)
      sayRatio('  grading over bare requests', graded, bare, 1.5)
    }
    say('check: start to first verdict, processes', await firstVerdict(subject, ROUNDS), 1_000)
    say('watch: saved file to first verdict', await savedToVerdict(subject, ROUNDS), 1_000)
    const whole: number[] = []
    for (let round = 0; round < STARTS; round++)
      whole.push(await timed(() => command(['check', subject.lab.id, '--dir', subject.dir]).ended))
    say(`check: all of ${subject.lab.id}, processes`, whole, 10_000)
  })
}

async function onContainers(subject: Subject): Promise<void> {
  if ((await engineVersion()) === undefined) return skip('lab start, containers', 'Docker does not answer')
  const starts: number[] = []
  // The first start builds the image; the next ones find it.
  for (let round = 0; round < STARTS; round++)
    await withStack(subject, 'container', async (_, startMs) => void starts.push(startMs))
  await withStack(subject, 'container', async (_, startMs) => {
    say('lab start, containers, images present', [...starts.slice(1), startMs], 6_000)
    say('check: start to first verdict, containers', await firstVerdict(subject, ROUNDS), 1_000)
  })
}
