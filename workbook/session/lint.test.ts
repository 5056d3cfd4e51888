import { describe, expect, test } from 'vitest'
import { exerciseCheck } from '../grader/index.ts'
import { exercisePlaceProblems, exerciseProblems, quizProblemsOf } from './lint.ts'

const page = (body: string) =>
  `---\nid: "1.1"\nquizzes:\n  - id: one\n    question: x\n  - id: two\n    question: y\n---\n\n${body}`
const problems = (body: string) => quizProblemsOf('course/m/p.mdx', page(body), ['one', 'two'])

test('a page that shows each of its quizzes once is right', () => {
  expect(problems('<Quiz id="one" />\n\ntext\n\n<Quiz\n  id="two"\n/>\n')).toEqual([])
})

test('an id that the frontmatter does not have: the line, and what was meant', () => {
  expect(problems('<Quiz id="one" />\n<Quiz id="tow" />\n<Quiz id="two" />\n')).toEqual([
    'course/m/p.mdx:11: <Quiz id="tow">: the quizzes of the frontmatter have no such id. Did you mean "two"?',
  ])
})

test('a quiz that stands twice, one without an id, and one that is not shown', () => {
  expect(problems('<Quiz id="one" />\n<Quiz />\n<Quiz id="one" />\n')).toEqual([
    'course/m/p.mdx:11: a <Quiz> without id="…"',
    'course/m/p.mdx:12: <Quiz id="one"> stands on the page already',
    'course/m/p.mdx:6: the quiz "two" is not shown: place <Quiz id="two" /> on the page',
  ])
})

test('what is only written about is no quiz', () => {
  expect(problems('`<Quiz id="one" />`\n\n```mdx\n<Quiz id="two" />\n```\n')).toHaveLength(2)
})

describe('exercises', () => {
  const exercises = [
    { id: 'X1.1', lesson: '1.1', files: [] },
    { id: 'X1.3', lesson: '1.3', files: ['verify.ts'] },
  ]
  const placed = (body: string) => exercisePlaceProblems('course/m/p.mdx', page(body), '1.3', exercises)

  test('stand on the page of their lesson', () => {
    expect(placed('<Exercise id="X1.3" />\n\n`<Choices id="X7.7" />`\n')).toEqual([])
  })
  test('of another lesson, of another kind, twice, without an id, unknown: the line', () => {
    expect(
      placed(
        '<Choices id="X1.1" />\n<Choices id="X1.3" />\n<Exercise id="X1.3" />\n<Exercise />\n<Exercise id="X1.4" />\n',
      ),
    ).toEqual([
      'course/m/p.mdx:10: <Choices id="X1.1"> belongs to lesson 1.1, and this is 1.3',
      'course/m/p.mdx:11: <Choices id="X1.3">: it is shown by <Exercise id="X1.3" />',
      'course/m/p.mdx:12: <Exercise id="X1.3"> stands on the page already',
      'course/m/p.mdx:13: a <Exercise> without id="…"',
      'course/m/p.mdx:14: <Exercise id="X1.4">: there is no such exercise. Did you mean "X1.1"?',
    ])
  })

  const told = { id: 'told', when: () => true, why: 'x', hints: ['a', 'b', 'c'] as [string, string, string] }
  const check = exerciseCheck({
    id: 'C01',
    title: 't',
    rationale: 'r',
    lesson: 'm/p#here',
    budgetMs: 1,
    claims: { one: { says: 'it is' } },
    run: async () => {},
    diagnose: [told],
  })
  const mutant = { id: 'a', title: 'A', killedBy: 'C01', diagnosis: 'told' }
  const anchors = new Map([['/m/p/', new Set(['here'])]])
  const found = (mutants: (typeof mutant)[], checks = [check]) =>
    exerciseProblems({ slug: 's', mutants }, checks, anchors)

  test('with two mutants for each check, and one for each diagnosis, are right', () => {
    expect(found([mutant, { ...mutant, id: 'b' }])).toEqual([])
  })
  test('with a mutant for no check, or a diagnosis that it does not have', () => {
    expect(found([mutant, { ...mutant, id: 'b', diagnosis: 'tld' }, { ...mutant, id: 'c', killedBy: 'C09' }])).toEqual([
      'labs/exercises/s/mutants.yaml: b: C01 has no diagnosis "tld". Did you mean "told"?',
      'labs/exercises/s/mutants.yaml: c: there is no check C09. Did you mean "C01"?',
    ])
  })
  test('with too few mutants, a diagnosis nobody shows, a place that is not there, too many words', () => {
    const long = { ...told, id: 'long', why: 'word '.repeat(200) }
    const other = exerciseCheck({ ...check, lesson: 'm/p#her', diagnose: [told, long] })
    expect(found([mutant], [other])).toEqual([
      'labs/exercises/s/mutants.yaml: C01 is to fail for 2 mutants at least, and has 1',
      'labs/exercises/s/checks.ts (C01): no mutant is recognised as "long": nothing shows that this diagnosis is ever told',
      'labs/exercises/s/checks.ts (C01): lesson: the page /m/p/ has no heading #her. Did you mean "here"?',
      'labs/exercises/s/checks.ts (C01): diagnosis long: more than 160 words',
    ])
  })
})
