/** Opening a file in an editor: which files, and what is told when there is no editor. */
import { realpath, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EnvironmentTrouble } from '../stack/types.ts'
import { type Course, makeCourse } from './fixtures/course.ts'
import { type Launcher, open } from './open.ts'
import { resetLab } from './reset.ts'

let c: Course
const launch = vi.fn<Launcher>()
const file = 'api/src/server.ts'
const opened = (name: string, line?: number, column?: number) =>
  open(c.context, c.lab, name, line, column, async () => launch)

beforeEach(async () => {
  c = await makeCourse()
  vi.stubEnv('PATH', '/nonexistent')
  await resetLab(c.context, c.lab, undefined)
  launch.mockReset()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await c.remove()
})

test('a file of the copy, at line and column', async () => {
  const real = path.join(await realpath(c.mine), file)
  expect(await opened(file, 12, 5)).toEqual({ file: real, line: 12, column: 5 })
  expect(launch).toHaveBeenCalledWith(`${real}:12:5`, undefined, expect.any(Function))
})
test('a link inside the copy is followed', async () => {
  await symlink('api/src/server.ts', path.join(c.mine, 'short.ts'))
  expect((await opened('short.ts')).file).toBe(path.join(await realpath(c.mine), file))
})
test.each(['../../labs/01-password-login/lab.yaml', '/etc/passwd', '..', 'api/../../x', 'a\0b'])(
  '%j is no file of the copy',
  async (name) => {
    await expect(opened(name)).rejects.toThrow('lies outside your copy of L01')
    expect(launch).not.toHaveBeenCalled()
  },
)
test('a link that leads out of the copy is not followed', async () => {
  await symlink('/etc/passwd', path.join(c.mine, 'out'))
  await expect(opened('out')).rejects.toThrow('lies outside your copy of L01')
  expect(launch).not.toHaveBeenCalled()
})
test('a file that there is not, and a folder: what was meant', async () => {
  await expect(opened('api/src/servr.ts')).rejects.toThrow('Did you mean api/src/server.ts?')
  await expect(opened('api')).rejects.toThrow('has no file "api"')
})
test('lines and columns are numbers from 1', async () => {
  for (const [line, column] of [[0], [1.5], [Number.NaN], [1, -1]] as const)
    await expect(opened(file, line, column)).rejects.toThrow('numbers from 1')
})
test('no editor: how to name one', async () => {
  launch.mockImplementation((target, _editor, failed) => failed(target, null))
  const error = await opened(file).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(EnvironmentTrouble)
  expect(error).toMatchObject({ message: 'No editor was found on this machine.' })
  expect((error as EnvironmentTrouble).remedy).toContain('LAUNCH_EDITOR=code')
})
test('an editor that does not start: what it said', async () => {
  launch.mockImplementation((target, _editor, failed) => failed(target, 'spawn code ENOENT'))
  await expect(opened(file)).rejects.toThrow('The editor could not be started: spawn code ENOENT')
})
