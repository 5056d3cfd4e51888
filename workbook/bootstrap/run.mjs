#!/usr/bin/env node
/**
 * The one way in: `node workbook/bootstrap/run.mjs <command> [words]`, called by the npm scripts. Works with any Node >= 20 and nothing
 * installed: brings the pinned Node and the packages, then hands over to `workbook/cli/main.ts` and answers with its exit code.
 */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { BootstrapError, ensureNode, ensurePackages, say } from './install.mjs'
import { atLeast, BOOTSTRAP_MINIMUM } from './versions.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const words = process.argv.slice(2)

try {
  if (!atLeast(process.version, BOOTSTRAP_MINIMUM)) {
    throw new BootstrapError(
      `Node ${process.versions.node} is too old even to fetch a newer one: Node >= 20 is needed.`,
    )
  }
  const node = await ensureNode(root)
  await ensurePackages(root, node, { dev: words[0] === 'test' || words[0] === 'bench' })
  process.exitCode = await handOver(node)
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error
  say(error.message)
  process.exitCode = 3
}

/** Runs the command in the project's Node; a signal to us reaches it, and we end when it has ended. */
function handOver(node) {
  const env = {
    ...process.env,
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}`,
    NODE_COMPILE_CACHE: path.join(root, '.workbook', 'compile-cache'),
  }
  const child = spawn(
    node,
    ['--disable-warning=ExperimentalWarning', '--', path.join(root, 'workbook', 'cli', 'main.ts'), ...words],
    {
      env,
      stdio: 'inherit',
    },
  )
  // Ctrl-C reaches the whole foreground group, a `kill` only us; the command counts two of the same within a moment as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
}
