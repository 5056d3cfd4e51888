import { describe, expect, test } from 'vitest'
import { CatalogError, didYouMean, formatProblem, type Problem } from './problem.ts'

const problem: Problem = {
  file: 'labs/01-x/lab.yaml',
  line: 12,
  column: 5,
  field: 'contract[3].id',
  found: '"login"',
  expected: 'a clause id such as login.2',
}

describe('a problem as text', () => {
  test('names file, line, column, field, what was found and what was expected', () => {
    expect(formatProblem(problem)).toBe(
      'labs/01-x/lab.yaml:12:5: contract[3].id: found "login", expected a clause id such as login.2.',
    )
  })
  test('leaves out the place inside the file where the whole file is meant', () => {
    expect(formatProblem({ ...problem, line: 0, column: 0, field: '' })).toBe(
      'labs/01-x/lab.yaml: found "login", expected a clause id such as login.2.',
    )
  })
  test('ends with the spelling that was probably meant', () => {
    expect(formatProblem({ ...problem, suggestion: 'login.1' })).toMatch(/login\.2\. Did you mean "login\.1"\?$/)
  })
  test('an error carries every problem, one a line', () => {
    const error = new CatalogError([problem, { ...problem, line: 13 }])
    expect(error.problems).toHaveLength(2)
    expect(error.message.split('\n').map((l) => l.split(':')[1])).toEqual(['12', '13'])
  })
})

describe('did you mean', () => {
  test('finds a misspelling whatever its letter case', () => {
    expect(didYouMean('Expres', ['fastapi', 'express'])).toBe('express')
    expect(didYouMean('c1', ['C01', 'C09h'])).toBe('C01')
  })
  test('says nothing where nothing is near', () => {
    expect(didYouMean('kubernetes', ['express', 'fastapi'])).toBeUndefined()
  })
  test('says nothing where nothing is known', () => {
    expect(didYouMean('express', [])).toBeUndefined()
  })
  test('a short word is not taken for another one of which it shares no letter', () => {
    expect(didYouMean('x', ['id', 'slug'])).toBeUndefined()
    expect(didYouMean('zq', ['id', 'slug'])).toBeUndefined()
  })
})
