import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { emptyPart, type LabFiles, partInWords, touchedBy } from './changed.ts'
import { changesSince } from './changed-files.ts'

const one: LabFiles = {
  id: 'L01',
  folder: '01-one',
  checks: [
    { id: 'C01', file: 'c01-a.check.ts', needs: [] },
    { id: 'C02', file: 'c02-b.check.ts', needs: ['C01'] },
    { id: 'C02h', file: 'c02-b.check.ts', needs: [] },
    { id: 'C03', file: 'c03-c.check.ts', needs: ['C02'] },
  ],
  mutants: ['weak', 'slow'],
  alternates: ['other'],
}
const two: LabFiles = { ...one, id: 'L02', folder: '02-two' }
const touched = (...files: string[]) =>
  touchedBy(files, [one, two], { file: 'docs/grader.md', lab: 'L01', mutant: 'slow' })

describe('what a change touches', () => {
  it.each([
    ['workbook/grader/run.ts'],
    ['workbook/grader/kit/http.ts'],
    ['workbook/verify/judge.ts'],
    ['workbook/stack/ready.ts'],
    ['workbook/catalog/schema.ts'],
    ['workbook/workspace/materialise.ts'],
    ['labs/depot/express/api/src/app.ts'],
    ['docker/images.txt'],
    ['package-lock.json'],
  ])('%s: every lab', (file) => {
    expect(touched(file)).toEqual({ labs: { L01: 'whole', L02: 'whole' }, elsewhere: [] })
  })

  it.each([
    ['labs/02-two/lab.yaml'],
    ['labs/02-two/starter/common/README.txt'],
    ['labs/02-two/checks/kit.ts'],
    ['labs/02-two/checks/c09-gone.check.ts'],
    ['solutions/02-two/express/api/src/app.ts'],
  ])('%s: that lab', (file) => {
    expect(touched(file)).toEqual({ labs: { L02: 'whole' }, elsewhere: [] })
  })

  it.each([
    ['docs/architecture.md'],
    ['course/01/page.mdx'],
    ['site/index.astro'],
    ['README.md'],
    ['labs/README.md'],
    ['labs/02-two/checks/kit.test.ts'],
    ['workbook/grader/run.test.ts'],
    ['workbook/verify/README.md'],
    ['e2e/site.spec.ts'],
  ])('%s: nothing', (file) => {
    expect(touched(file)).toEqual({ labs: {}, elsewhere: [] })
  })

  it('a check: that one, and those that take values from it', () => {
    expect(touched('labs/01-one/checks/c03-c.check.ts').labs).toEqual({
      L01: { ...emptyPart(), checks: ['C03'], document: true },
    })
    expect(touched('labs/01-one/checks/c01-a.check.ts').labs).toEqual({
      L01: { ...emptyPart(), checks: ['C01', 'C02', 'C03'], document: true },
    })
  })

  it('every check of a file', () => {
    expect(touched('labs/02-two/checks/c02-b.check.ts').labs).toEqual({
      L02: { ...emptyPart(), checks: ['C02', 'C02h', 'C03'] },
    })
  })

  it('programs: those, each once; one that is gone leaves the coverage to look at', () => {
    expect(
      touched(
        'solutions/01-one/mutants/weak/express.patch',
        'solutions/01-one/mutants/weak/mutant.yaml',
        'solutions/01-one/alternates/other/files/x.ts',
        'solutions/02-two/mutants/gone/mutant.yaml',
      ).labs,
    ).toEqual({ L01: { ...emptyPart(), mutants: ['weak'], alternates: ['other'] }, L02: emptyPart() })
  })

  it('a whole lab takes in its parts, in either order', () => {
    const [check, contract] = ['labs/01-one/checks/c03-c.check.ts', 'labs/01-one/lab.yaml']
    expect(touched(check, contract).labs).toEqual({ L01: 'whole' })
    expect(touched(contract, check).labs).toEqual({ L01: 'whole' })
  })

  it('the document and the commands that it shows: its transcripts', () => {
    const labs = { L01: { ...emptyPart(), document: true } }
    expect(touched('docs/grader.md')).toEqual({ labs, elsewhere: [] })
    expect(touched('workbook/cli/print.ts')).toMatchObject({
      labs,
      elsewhere: [expect.stringContaining('npm test -- cli')],
    })
  })

  it('the mutant that the document shows: its transcripts too', () => {
    expect(touched('solutions/01-one/mutants/slow/express.patch').labs).toEqual({
      L01: { ...emptyPart(), mutants: ['slow'], document: true },
    })
  })

  it('cheats are told and not run', () => {
    expect(touched('solutions/01-one/cheats/always-200/cheat.yaml')).toEqual({
      labs: {},
      elsewhere: ['cheats: npm run verify -- L01 --full --only cheats'],
    })
  })

  it('is told in words', () => {
    expect(partInWords(emptyPart())).toBe('coverage alone')
    expect(partInWords({ ...emptyPart(), checks: ['C03'], mutants: ['weak'] })).toBe(
      'C03 on the right programs, the starter, and the mutants that it kills; the mutant weak; the reference on processes under all checks',
    )
  })
})

describe('the files of a change', () => {
  const made: string[] = []
  afterEach(() => {
    for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
  })
  const repository = () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'workbook-git-'))
    made.push(dir)
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...words], {
        cwd: dir,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    const write = (name: string, text = name) => {
      mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
      writeFileSync(path.join(dir, name), text)
    }
    const commit = (name: string) => {
      write(name)
      git('add', '-A')
      git('commit', '-q', '-m', name)
    }
    git('init', '-q', '-b', 'main')
    commit('one')
    return { dir, git, write, commit }
  }

  it('are those of the last commit, where nothing else is known, and what is not committed', async () => {
    const { dir, git, write, commit } = repository()
    commit('two')
    commit('name with ä.txt')
    expect((await changesSince(dir, undefined)).files).toEqual(['name with ä.txt'])
    write('new/file')
    write('one', 'changed')
    git('rm', '-q', 'two')
    expect((await changesSince(dir, undefined)).files).toEqual(['name with ä.txt', 'new/file', 'one', 'two'])
  })

  it('are those of the branch, where there is an origin/main', async () => {
    const { dir, git, commit } = repository()
    git('update-ref', 'refs/remotes/origin/main', 'HEAD')
    commit('two')
    commit('three')
    const { base, files } = await changesSince(dir, undefined)
    expect(files).toEqual(['three', 'two'])
    expect(base).toMatch(/^[0-9a-f]+ \(one\)$/)
    expect((await changesSince(dir, 'HEAD')).files).toEqual([])
  })

  it('cannot be told from a commit that there is not', async () => {
    const { dir } = repository()
    await expect(changesSince(dir, 'nonsense')).rejects.toThrow('git knows no commit "nonsense".')
    await expect(changesSince(dir, '--output=x')).rejects.toThrow('git knows no commit')
    await expect(changesSince(dir, undefined)).rejects.toThrow('There is no commit before this one')
    await expect(changesSince(os.tmpdir(), undefined)).rejects.toThrow('no git checkout')
  })
})
