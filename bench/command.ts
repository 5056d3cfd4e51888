/** Runs our command as a process, and listens for a line of its output. */
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { root } from './subject.ts'

export interface Command {
  /** Settles when a line that matches has been printed, after the one asked for before; rejects when the command ends first. */
  line(pattern: RegExp): Promise<void>
  /** As Ctrl-C does; settles when it is gone. */
  interrupt(): Promise<void>
  ended: Promise<void>
}

/** A verdict on the terminal. */
export const VERDICT = /^(PASS|FAIL)\b/m

export function command(words: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--', path.join(root, 'workbook', 'cli', 'main.ts'), ...words],
    {
      cwd: root,
      env: { ...process.env, NODE_COMPILE_CACHE: path.join(root, '.workbook', 'compile-cache'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let text = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-2_000)
  })
  const ended = endOf(child)
  return {
    ended,
    async line(pattern) {
      for (let over = false; ; ) {
        const found = pattern.exec(text)
        if (found !== null) {
          text = text.slice(found.index + found[0].length)
          return
        }
        if (over) throw new Error(`workbook ${words.join(' ')} ended before ${pattern}:\n${text}\n${errors}`)
        const more = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(false)))
        over = await Promise.race([more, ended.then(() => true)])
      }
    },
    async interrupt() {
      child.kill('SIGINT')
      await ended
    },
  }
}

const endOf = (child: ChildProcess) => new Promise<void>((resolve) => child.once('close', () => resolve()))
