import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { loadCatalog } from '../catalog/index.ts'
import { gatherFacts } from '../doctor/facts.ts'
import { type Finding, judgeFacts } from '../doctor/judge.ts'
import { runProbes } from '../doctor/probes.ts'
import { field } from '../grader/render/terminal.ts'
import { engineVersion } from '../stack/container/docker.ts'
import { findRedis } from '../stack/redis/source.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import type { Invocation } from './main.ts'
import { lookOf, runtimeOf } from './options.ts'

/**
 * `npm run doctor [-- --runtime process] [--json]`: what this machine offers; 0 when nothing needed is missing, else 3. With the word L00 only the five
 * probes of that lab.
 */
export default async function doctor({ root, words }: Invocation): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { runtime: { type: 'string' }, json: { type: 'boolean' } },
  })
  const wanted = runtimeOf(values.runtime)
  // As for the labs: without an engine the process transport is the default, and containers are not needed.
  const containers = wanted === 'container' || (wanted === undefined && (await engineVersion()) !== undefined)
  const ports = [Number(process.env.PORT ?? 4321), Number(process.env.API_PORT ?? 3000)]
  const [probes, facts] = await Promise.all([
    runProbes(containers),
    positionals.includes('L00') ? undefined : gatherFacts(root, ports),
  ])
  const more =
    facts === undefined
      ? []
      : [...judgeFacts(facts, containers, await usesPython(root)), ...(await judgeRedis(root, containers))]
  const findings = [...probes, ...more]
  if (values.json)
    process.stdout.write(`${JSON.stringify({ transport: containers ? 'container' : 'process', findings }, null, 2)}\n`)
  else process.stdout.write(`${render(findings, containers)}\n`)
  return findings.some((f) => f.state === 'missing') ? 3 : 0
}

/** Is a copy of some lab a program in Python? */
async function usesPython(root: string): Promise<boolean> {
  const names = await readdir(path.join(root, 'workspace')).catch(() => [])
  return names.some((name) => existsSync(path.join(root, 'workspace', name, 'api', 'requirements.txt')))
}

/** Which Redis labs get; nothing where no lab has one. */
async function judgeRedis(root: string, containers: boolean): Promise<Finding[]> {
  const { labs } = await loadCatalog(root)
  const names = labs.filter((lab) => lab.services.includes('redis')).map((lab) => lab.id)
  if (names.length === 0) return []
  const base = { id: 'redis', title: `Redis, for ${names.join(', ')}` }
  if (containers) return [{ ...base, state: 'not-needed', found: 'the labs bring one in a container' }]
  try {
    return [{ ...base, state: 'ok', found: (await findRedis()).about }]
  } catch (error) {
    if (!(error instanceof EnvironmentTrouble)) throw error
    return [{ ...base, state: 'missing', found: error.message, fix: error.remedy }]
  }
}

const words = { ok: 'OK', missing: 'MISSING', 'not-needed': 'NOT NEEDED', advice: 'ADVICE' } as const

function render(findings: Finding[], containers: boolean): string {
  const look = lookOf(false, false)
  const lines = findings.map((f) =>
    [
      `${words[f.state].padEnd(11)} ${f.title}`,
      field('Found', f.found, look),
      ...(f.fix === undefined ? [] : [field('Fix', f.fix, look)]),
    ].join('\n'),
  )
  return [`Preflight for the transport "${containers ? 'container' : 'process'}"\n`, ...lines].join('\n')
}
