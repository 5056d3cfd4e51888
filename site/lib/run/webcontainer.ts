/**
 * Exercises in a WebContainer, on pages of their own, where the owner of a site chose to offer them: Node in the browser, by a runtime that comes from somewhere else.
 * Where it does not come in time, and where the page cannot hold it, programs run in the page as they do everywhere.
 */
import { files } from 'virtual:run-files'
import { containerSandbox } from '../../../workbook/browser/container/sandbox.ts'
import type { Sandbox } from '../../../workbook/browser/host/sandbox.ts'
import type { Opening } from './exercise.ts'
import { textOf } from './fetched.ts'
import { openSmall } from './runtime.ts'
import { within } from './within.ts'

/** How long the runtime may take: `boot` itself waits for ever where its host does not answer (@webcontainer/api 1.6.4). */
export const BOOT_MS = 15_000

interface Opened {
  sandbox: Sandbox
  script: string
}

const host = __WEBCONTAINERS__
const name = new URL(host).host

/** One try a page: the library keeps waiting for the first, and a second one waits with it. */
let first: Promise<Opened> | undefined
let settled = false

export const openContained: Opening = async (tell) => {
  first ??= open().finally(() => {
    settled = true
  })
  if (!settled) tell({ kind: 'waiting', text: `Waiting for the runtime of ${name}, ${BOOT_MS / 1000} s at most.` })
  try {
    const opened = await first
    tell({
      kind: 'there',
      text: `Your code runs in Node, in a WebContainer in this browser. Its runtime came from ${name} and is no part of this course: what it sends, its terms say.`,
    })
    return opened
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    tell({
      kind: 'instead',
      text: `No WebContainer: ${why} Your code runs in a Worker of this page instead, and reaches no network. Load the page again to try once more.`,
    })
    return openSmall()
  }
}

async function open(): Promise<Opened> {
  const missing = missingHere()
  if (missing !== undefined) throw new Error(missing)
  const [script, { WebContainer }] = await within(
    Promise.all([textOf(files.agent ?? ''), import('@webcontainer/api')]),
    'The client of the runtime',
  )
  Object.assign(globalThis, { WEBCONTAINER_API_IFRAME_URL: host })
  const booted = WebContainer.boot({ coep: 'require-corp', workdirName: 'exercise' })
  let late = false
  booted.then(
    (container) => late && container.teardown(),
    () => {},
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late = true
      // Its frame would go on asking.
      for (const frame of document.querySelectorAll<HTMLIFrameElement>('iframe'))
        if (frame.src.startsWith(`${new URL(host).origin}/`)) frame.remove()
      reject(
        new Error(
          `${name} did not answer within ${BOOT_MS / 1000} s. A network that is not there, a filter, or a setting for cookies can be why.`,
        ),
      )
    }, BOOT_MS)
  })
  try {
    return { sandbox: containerSandbox(await Promise.race([booted, over])), script }
  } finally {
    clearTimeout(timer)
  }
}

/** Why there can be none on this page; undefined where there may be one. */
function missingHere(): string | undefined {
  if (!navigator.onLine) return `this device is offline, and the runtime comes from ${name}.`
  if (!globalThis.crossOriginIsolated)
    return 'this page is not isolated: its server has to send Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy with it.'
  return undefined
}
