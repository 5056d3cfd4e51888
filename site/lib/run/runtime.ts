/** What runs programs, brought into the page when it is first asked for: one sandbox, its scripts, and the bytes of the database. */
import { base, files } from 'virtual:run-files'
import { openSandbox, type Sandbox } from '../../../workbook/browser/host/sandbox.ts'
import type { Runtime } from '../../../workbook/browser/host/stack.ts'
import type { PostgresAssets, Service } from '../../../workbook/browser/protocol.ts'
import { bytesOf, forget, once, textOf } from './fetched.ts'

/** Who runs programs now; another sandbox takes its place after `closeRuntime`. */
const SANDBOX = 'the sandbox'

const sandbox = (): Promise<Sandbox> => once(SANDBOX, () => openSandbox(base + files.frame))

/** What an exercise needs: a program without servers and services. */
export async function openSmall(): Promise<{ sandbox: Sandbox; script: string }> {
  const [box, script] = await Promise.all([sandbox(), textOf(files.small)])
  return { sandbox: box, script }
}

/** What comes of a lab ahead of its first check: all but the data, which are the most. */
export async function warmUp(): Promise<void> {
  await Promise.all([sandbox(), textOf(files.program)])
}

/** @throws NotLoaded, NoSandbox: sentences for people */
export async function openRuntime(services: readonly Service[]): Promise<Runtime> {
  const [box, program, data, postgres, lua] = await Promise.all([
    sandbox(),
    textOf(files.program),
    services.length > 0 ? textOf(files.data) : '',
    services.includes('postgres') ? assets() : undefined,
    services.includes('redis') ? bytesOf(files.lua) : undefined,
  ])
  return { sandbox: box, scripts: { program, data }, postgres, lua }
}

/** Ends every program of the page at once, in whatever loop it is. The next one gets a sandbox of its own. */
export async function closeRuntime(): Promise<void> {
  const open = sandbox()
  forget(SANDBOX)
  await open.then(
    (box) => box.close(),
    () => {},
  )
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
