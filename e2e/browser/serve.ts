/** A bare page with the harness, on loopback: what a static host serves, without headers of its own. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { bundleRuntime, bundleScript } from '../../workbook/browser/bundle.ts'
import { type Plant, planting } from '../../workbook/browser/node/fixtures/plants.ts'
import type { Lab } from '../../workbook/catalog/index.ts'

export interface BarePage {
  url: string
  /** Paths that were asked for, in order. */
  asked: string[]
  close(): Promise<void>
}

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  wasm: 'application/wasm',
}

/**
 * @param labs their checks are in the page
 * @param plant a difference to Node in what programs of labs run on
 */
export async function serveBarePage(root: string, labs: readonly Lab[], plant?: Plant): Promise<BarePage> {
  const { files, names } = await bundleRuntime(path.join(root, '.workbook', 'cache'))
  if (plant !== undefined) {
    const entry = path.join(root, 'workbook', 'browser', 'worker', 'server-program.ts')
    files.set(names.program, await bundleScript(entry, [planting(plant)]))
  }
  const all = new Map<string, string | Uint8Array>([...files].map(([name, content]) => [`/_run/${name}`, content]))
  all.set('/_run/names.json', JSON.stringify(names))
  all.set('/harness.js', await bundleScript(await entryOf(root, labs)))
  all.set(
    '/',
    '<!doctype html><html lang="en"><title>Harness</title><body><script src="/harness.js"></script></body></html>',
  )
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const content = all.get(new URL(request.url ?? '/', 'http://x').pathname)
    if (content === undefined) return void response.writeHead(404).end()
    const ending = (request.url ?? '').split('.').at(-1) ?? ''
    response.writeHead(200, {
      'content-type': types[ending] ?? (request.url === '/' ? 'text/html; charset=utf-8' : 'application/octet-stream'),
    })
    response.end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A script that imports the harness and the checks of labs. */
async function entryOf(root: string, labs: readonly Lab[]): Promise<string> {
  const lines = [`import ${JSON.stringify(path.join(root, 'e2e', 'browser', 'harness.ts'))}`]
  const parts: string[] = []
  for (const lab of labs) {
    const dir = path.join(lab.dir, 'checks')
    const names: string[] = []
    for (const file of (await readdir(dir)).filter((f) => f.endsWith('.check.ts')).sort()) {
      const name = `m${lines.length}`
      lines.push(`import * as ${name} from ${JSON.stringify(path.join(dir, file))}`)
      names.push(name)
    }
    const all = names.map((name) => `...Object.values(${name})`).join(', ')
    parts.push(`${lab.id}: [${all}].filter((one) => typeof one === 'object' && 'claims' in one)`)
  }
  lines.push(`globalThis.checksOf = { ${parts.join(', ')} }`)
  const dir = path.join(root, '.workbook', 'cache')
  await mkdir(dir, { recursive: true })
  // Several workers make one each.
  const file = path.join(dir, `harness-${process.pid}-${labs.map(({ id }) => id).join('-')}.js`)
  await writeFile(file, lines.join('\n'))
  return file
}
