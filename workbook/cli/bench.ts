import { spawn } from 'node:child_process'
import path from 'node:path'
import type { Invocation } from './main.ts'

/** `npm run bench`: the measurements of `bench/`, in a process of their own. */
export default function bench({ root, signal }: Invocation): Promise<number> {
  return new Promise((resolve, reject) => {
    const words = ['--disable-warning=ExperimentalWarning', path.join(root, 'bench', 'run.ts')]
    const child = spawn(process.execPath, words, { cwd: root, stdio: 'inherit' })
    signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
