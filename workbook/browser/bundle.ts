/**
 * Makes what the page needs to run programs: the texts of the Workers' scripts, the frame's file, and the data of PGlite. Runs in Node, when the site is built.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'
import { aliasOf } from './node/aliases.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Names of the files in the folder; the page learns of them from `RunFiles`. */
export interface RunFiles {
  frame: string
  /** The frame of isolated pages, in sites that offer WebContainers. */
  isolatedFrame?: string
  program: string
  /** The program Worker's script for exercises, without the packages of servers. */
  small: string
  data: string
  wasm: string
  initdb: string
  share: string
  cluster: string
  /** Lua, for Redis. */
  lua: string
  /** The agent of a WebContainer, in sites that offer them. */
  agent?: string
}

/**
 * Bundles the scripts and collects the data.
 * @param cache a folder where the empty cluster of Postgres is kept: to make one takes seconds
 * @param options.agent whether the site offers WebContainers
 */
export async function bundleRuntime(
  cache: string,
  options: { agent?: boolean } = {},
): Promise<{ files: Map<string, string | Uint8Array>; names: RunFiles }> {
  const [program, small, data, frame] = await Promise.all(
    ['worker/server-program.ts', 'worker/small-program.ts', 'worker/data.ts', 'frame/frame.ts'].map((file) =>
      bundleScript(path.join(here, file)),
    ),
  )
  const { resolve } = createRequire(import.meta.url)
  const pglite = path.dirname(resolve('@electric-sql/pglite'))
  const lua = path.join(path.dirname(resolve('lua-redis-wasm')), 'redis_lua.wasm')
  const of = (name: string) => readFile(path.join(pglite, name))
  const contents: { [key in keyof RunFiles]: [name: string, content: string | Uint8Array] } = {
    frame: ['frame.html', frameFile(frame ?? '')],
    program: ['program.js', program ?? ''],
    small: ['small.js', small ?? ''],
    data: ['data.js', data ?? ''],
    wasm: ['pglite.wasm', await of('pglite.wasm')],
    initdb: ['initdb.wasm', await of('initdb.wasm')],
    share: ['pglite.data', await of('pglite.data')],
    cluster: ['cluster.tgz', await emptyCluster(cache, pglite)],
    lua: ['redis-lua.wasm', await readFile(lua)],
    ...(options.agent === true
      ? {
          agent: ['agent.mjs', await bundleAgent()],
          isolatedFrame: ['isolated-frame.html', frameFile(frame ?? '', true)],
        }
      : {}),
  }
  const files = new Map<string, string | Uint8Array>()
  const names = {} as RunFiles
  for (const [key, [name, content]] of Object.entries(contents)) {
    // A name with a hash may be cached for good.
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 10)
    const hashed = name.replace(/(\.\w+)$/, `.${hash}$1`)
    files.set(hashed, content)
    names[key as keyof RunFiles] = hashed
  }
  return { files, names }
}

/** One classic script of a module and all that it imports. @param more plugins that go before ours */
export async function bundleScript(entry: string, more: Plugin[] = []): Promise<string> {
  const made = await build({
    configFile: false,
    root: here,
    logLevel: 'silent',
    plugins: [...more, nodeModules()],
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2024',
      lib: { entry, formats: ['iife'], name: 'run' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  return codeOf(made, entry)
}

/** One module for Node, with all that it imports but Node's own: the agent of a WebContainer. */
export async function bundleAgent(): Promise<string> {
  const entry = path.join(here, 'container', 'agent.ts')
  const made = await build({
    configFile: false,
    root: here,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      write: false,
      ssr: entry,
      // What WebContainers have at the least.
      target: 'node20',
      minify: true,
      rolldownOptions: { output: { format: 'es', codeSplitting: false } },
    },
  })
  return codeOf(made, entry)
}

function codeOf(made: Awaited<ReturnType<typeof build>>, entry: string): string {
  const [output] = [made].flat().flatMap((one) => ('output' in one ? one.output : []))
  if (output?.type !== 'chunk') throw new Error(`${entry} gave no script`)
  return output.code
}

/** Modules of Node are ours (`node/`); WebAssembly comes over a port, so no address of it may stand in a script, where the bundler would put its bytes. */
function nodeModules(): Plugin {
  return {
    name: 'node-modules-in-the-page',
    enforce: 'pre',
    transform(code, id) {
      if (!/node_modules\/(@electric-sql\/pglite|lua-redis-wasm)\//.test(id)) return undefined
      return code.replaceAll(/new URL\(("[^"]+"),\s*import\.meta\.url\)/g, 'new URL($1, "file:///")')
    },
    resolveId(name) {
      const file = aliasOf(name)
      return file === undefined ? undefined : path.join(here, 'node', file)
    },
  }
}

/**
 * The frame's file. Its policy says what its Workers may do, which inherit it (HTML, "run a worker"; CSP 3, section 4.2.2): evaluate, and reach no address at all. It
 * stands in the file, so that it holds on any host.
 * @param isolated for isolated pages: the mark by which the local server sends it with the headers that they ask of a frame
 */
export function frameFile(script: string, isolated = false): string {
  const text = script.replaceAll('</script', '<\\/script')
  const hash = createHash('sha256').update(text).digest('base64')
  const from = isolated ? 'data:' : 'blob:'
  const policy = `default-src 'none'; script-src 'sha256-${hash}' 'unsafe-eval' ${from}; worker-src ${from}`
  const mark = isolated ? '<meta name="workbook-isolated" content="">\n' : ''
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
${mark}<title>Runs programs of a lesson</title>
<script>${text}</script>
`
}

/** An empty cluster, made by this version of PGlite: to restore it takes a fifth of the time of making one. */
async function emptyCluster(cache: string, pglite: string): Promise<Uint8Array> {
  const { version } = JSON.parse(await readFile(path.join(pglite, '..', 'package.json'), 'utf8')) as { version: string }
  const file = path.join(cache, `pglite-${version}.tgz`)
  if (existsSync(file)) return readFile(file)
  const { PGlite } = await import('@electric-sql/pglite')
  const db = await PGlite.create()
  const dump = new Uint8Array(await (await db.dumpDataDir('gzip')).arrayBuffer())
  await db.close()
  await mkdir(cache, { recursive: true })
  const aside = `${file}.${process.pid}`
  await writeFile(aside, dump)
  await rename(aside, file)
  return dump
}
