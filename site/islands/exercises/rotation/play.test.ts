import { describe, expect, test } from 'vitest'
import { type Client, type Move, moved, play } from './play.ts'

let keys = 0
const move = (client: Client, after: number, lost = false): Move => ({ key: keys++, client, after, lost })
const answers = (moves: Move[], grace: number) =>
  play(moves, grace).steps.map(({ token, answer, live }) => `R${token} ${answer.status} ${live.join(',')}`)

describe('a family is played', () => {
  const twoTabs = [move('tab A', 1), move('tab B', 1), move('tab A', 1)]
  test('strict: the second tab ends it, and the first one is out, too', () => {
    expect(answers(twoTabs, 0)).toEqual(['R1 200 2', 'R1 401 ', 'R2 401 '])
    expect(play(twoTabs, 0)).toMatchObject({ endedAt: 2, steps: [{ ends: false }, { ends: true }, { ends: false }] })
  })
  test('with a grace both go on', () => {
    expect(answers(twoTabs, 2)).toEqual(['R1 200 1,2', 'R1 200 1,2', 'R2 200 2,3'])
    expect(play(twoTabs, 2).endedAt).toBeUndefined()
  })
  test('strict, at the same moment: a race, and nothing ends', () => {
    expect(answers([move('tab A', 1), move('tab B', 0)], 0)).toEqual(['R1 200 2', 'R1 409 2'])
  })
  test('a lost reply is sent again: strict ends the family, a grace answers with the same token', () => {
    const lost = [move('tab A', 1, true), move('tab A', 2), move('tab A', 3)]
    expect(answers(lost, 0)).toEqual(['R1 200 2', 'R1 401 ', 'R1 401 '])
    expect(answers(lost, 2.5)).toEqual(['R1 200 1,2', 'R1 200 1,2', 'R2 200 2,3'])
    expect(play(lost, 0).steps[0]?.lost).toBe(true)
  })
  test('a thief is seen when he comes late, and ends the family', () => {
    const steps = [move('tab A', 1), move('thief', 4), move('tab A', 1)]
    expect(answers(steps, 2)).toEqual(['R1 200 1,2', 'R1 401 ', 'R2 401 '])
  })
})

test('a move changes its place, and the ends of the list hold', () => {
  const list = [move('tab A', 1), move('tab B', 1)]
  expect(moved(list, 1, -1).map(({ client }) => client)).toEqual(['tab B', 'tab A'])
  expect(moved(list, 0, -1)).toEqual(list)
  expect(moved(list, 1, 1)).toEqual(list)
})
