/** What runs programs, brought into the page when it is first asked for: one sandbox, its scripts, and the bytes of the database. */
import { base, files } from 'virtual:run-files'
import { openSandbox, type Sandbox } from '../../../workbook/browser/host/sandbox.ts'
import type { Runtime } from '../../../workbook/browser/host/stack.ts'
import type { PostgresAssets, Service } from '../../../workbook/browser/protocol.ts'
import { bytesOf, forget, once, textOf } from './fetched.ts'

/** Who runs programs now; another sandbox takes its place after `closeRuntime`. */
const SANDBOX = 'the sandbox'

let isUp = false

const sandbox = (): Promise<Sandbox> =>
  once(SANDBOX, async () => {
    isUp = false
    // A page that is sent with the headers of an isolated one holds no frame without them.
    const isolated = document.querySelector('meta[name="workbook-isolated"]') !== null
    const box = await openSandbox(base + ((isolated ? files.isolatedFrame : undefined) ?? files.frame))
    isUp = true
    return box
  })

/** What comes beside a sandbox. Where it does not come, a sandbox that is still awaited is given up: the next try begins anew. */
async function beside<T extends readonly unknown[]>(work: () => Promise<T>): Promise<readonly [Sandbox, ...T]> {
  try {
    const [box, rest] = await Promise.all([sandbox(), work()])
    return [box, ...rest]
  } catch (error) {
    if (!isUp) await closeRuntime(false)
    throw error
  }
}

/** What an exercise needs: a program without servers and services. */
export async function openSmall(): Promise<{ sandbox: Sandbox; script: string }> {
  const [box, script] = await beside(async () => [await textOf(files.small)] as const)
  return { sandbox: box, script }
}

/** What comes of a lab ahead of its first check: all but the data, which are the most. */
export async function warmUp(): Promise<void> {
  await beside(async () => [await textOf(files.program)] as const)
}

/** @throws NotLoaded, NoSandbox: sentences for people */
export async function openRuntime(services: readonly Service[]): Promise<Runtime> {
  const [box, program, data, postgres, lua] = await beside(() =>
    Promise.all([
      textOf(files.program),
      services.length > 0 ? textOf(files.data) : '',
      services.includes('postgres') ? assets() : undefined,
      services.includes('redis') ? bytesOf(files.lua) : undefined,
    ]),
  )
  return { sandbox: box, scripts: { program, data }, postgres, lua }
}

/**
 * Ends every program of the page at once, in whatever loop it is. The next one gets a sandbox of its own.
 * @param wait for the end of one that is still being opened
 */
export async function closeRuntime(wait = true): Promise<void> {
  const open = sandbox()
  forget(SANDBOX)
  isUp = false
  const closed = open.then(
    (box) => box.close(),
    () => {},
  )
  if (wait) await closed
}

async function assets(): Promise<PostgresAssets> {
  const [wasm, initdb, share, cluster] = await Promise.all([
    bytesOf(files.wasm),
    bytesOf(files.initdb),
    bytesOf(files.share),
    bytesOf(files.cluster),
  ])
  return { wasm, initdb, share, cluster }
}
