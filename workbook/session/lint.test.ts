import { expect, test } from 'vitest'
import { quizProblemsOf } from './lint.ts'

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
