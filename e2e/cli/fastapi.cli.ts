/** The track fastapi at the command line, on the process transport: with Python, and without. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../workbook/doctor/ports.ts'
import { findPython, pythonTrouble } from '../../workbook/doctor/python.ts'
import { type Checkout, makeCheckout } from './checkout.ts'

const search = await findPython()
if (pythonTrouble(search) !== undefined && process.env.WORKBOOK_REQUIRE_CONTAINER === '1')
  throw new Error(`Python is required here, and ${pythonTrouble(search)?.found}`)
const withPython = it.skipIf(pythonTrouble(search) !== undefined)

let checkout: Checkout
let port: string
const mine = (...names: string[]) => path.join(checkout.root, 'workspace', '01-password-login', ...names)
const lab = (words: string[], env: Record<string, string> = {}) =>
  checkout.run(['lab', ...words], { env: { API_PORT: port, ...env } })

beforeAll(async () => {
  checkout = makeCheckout()
  port = String(await freePort())
})

afterAll(async () => {
  await lab(['stop', 'L01'])
  const left = checkout.leftovers()
  checkout.remove()
  expect(left).toEqual([])
})

it('without Python it says so, and what to do', async () => {
  // Everything that the system has, but Python.
  const bin = path.join(checkout.root, 'bin')
  mkdirSync(bin)
  for (const name of readdirSync('/usr/bin').filter((n) => !/^(python|pypy)/.test(n)))
    symlinkSync(path.join('/usr/bin', name), path.join(bin, name))
  const none = { PATH: bin }
  const started = await lab(['start', 'L01', '--track', 'fastapi', '--runtime', 'process'], none)
  expect(started.stderr).toContain('The track fastapi needs Python on the transport "process", and there is no Python.')
  expect(started.stderr).toContain('Install Python 3.11 or newer')
  expect(started.code).toBe(3)
  // The copy is there all the same: with Python it goes on from here.
  expect(existsSync(mine('api', 'requirements.txt'))).toBe(true)
  const doctor = await checkout.run(['doctor', '--runtime', 'process', '--json'], { env: none })
  const { findings } = JSON.parse(doctor.stdout) as { findings: { id: string; state: string }[] }
  expect(findings.find((f) => f.id === 'python')?.state).toBe('missing')
})

withPython('starts, and the starter fails what the lab teaches', async () => {
  const started = await lab(['start', 'L01', '--track', 'fastapi', '--runtime', 'process'])
  expect(started.stderr).toContain('Installing the Python packages')
  expect(started.code).toBe(0)
  expect(JSON.parse(readFileSync(mine('course.json'), 'utf8'))).toMatchObject({ lab: 'L01', track: 'fastapi' })
  const checked = await checkout.run(['check', 'L01', 'C01', 'C05'])
  expect(checked.stdout).toMatch(/^PASS +C01/m)
  expect(checked.stdout).toMatch(/^FAIL +C05/m)
})

withPython('takes up a changed file, and the solution passes; nothing is installed again', async () => {
  const solved = await lab(['solve', 'L01'])
  expect(`${solved.stdout}${solved.stderr}`).not.toContain('Installing')
  const diff = await lab(['diff', 'L01'])
  expect(diff.stdout).not.toContain('__pycache__')
  const checked = await checkout.run(['check', 'L01', 'C02', 'C05'])
  expect(checked.stdout).toContain('Your files changed since the API was started')
  expect(checked.stdout).toMatch(/^PASS +C02 /m)
  expect(checked.code).toBe(0)
})

withPython('a program that does not start is told by its own last line', async () => {
  writeFileSync(mine('api', 'app', 'auth', 'policy.py'), 'this is no Python\n')
  const checked = await checkout.run(['check', 'L01', 'C05'])
  expect(`${checked.stdout}${checked.stderr}`).toContain('SyntaxError')
  expect(checked.code).toBe(3)
})

withPython('another track takes its place, with a snapshot', async () => {
  await lab(['stop', 'L01'])
  const started = await lab(['start', 'L01', '--track', 'express', '--runtime', 'process'])
  expect(started.code).toBe(0)
  expect(started.stdout).toContain('Your files of the other track are kept')
  expect(existsSync(mine('api', 'package.json'))).toBe(true)
  expect(existsSync(mine('api', 'requirements.txt'))).toBe(false)
})
