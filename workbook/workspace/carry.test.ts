import { describe, expect, test } from 'vitest'
import { carry } from './carry.ts'
import type { Tree } from './materialise.ts'

const treeOf = (files: Record<string, string>): Tree =>
  new Map(Object.entries(files).map(([name, text]) => [name, { content: Buffer.from(text), executable: false }]))
const textsOf = (tree: Tree) => Object.fromEntries([...tree].map(([name, file]) => [name, file.content.toString()]))
const carried = (mine: Record<string, string>, others: string[] = []) =>
  carry(
    { files: treeOf(mine), others: new Set(others) },
    {
      starter: treeOf({ app: 'app', routes: 'weak', name: 'one', config: 'c' }),
      solution: treeOf({ app: 'app', routes: 'right', throttle: 'right', name: 'one', config: 'c' }),
    },
    treeOf({ app: 'app', routes: 'right', throttle: 'right', name: 'two', config: 'c2', tokens: 'weak' }),
  )

describe('the next lab on one’s own work', () => {
  test('has the files that the learner changed and made, not those of the reference', () => {
    const { tree, mine, conflicts } = carried({ app: 'app', routes: 'mine', limiter: 'mine', name: 'one', config: 'c' })
    expect(textsOf(tree)).toEqual({
      app: 'app',
      routes: 'mine',
      limiter: 'mine',
      name: 'two',
      config: 'c2',
      tokens: 'weak',
    })
    expect(mine).toEqual(['limiter', 'routes'])
    expect(conflicts).toEqual([])
  })
  test('says which changed files the next lab brings itself', () => {
    const { tree, mine, conflicts } = carried({ app: 'app', routes: 'right', name: 'one', config: 'mine' })
    expect(textsOf(tree).config).toBe('c2')
    expect(conflicts).toEqual(['config'])
    expect(mine).toEqual([])
  })
  test('a file that the learner took away stays away, unless the next lab has a say in it', () => {
    const { tree, conflicts } = carried({ routes: 'mine', name: 'one' })
    expect(textsOf(tree)).toEqual({ routes: 'mine', name: 'two', config: 'c2', tokens: 'weak' })
    expect(conflicts).toEqual(['config'])
  })
  test('a file of the learner’s with a name that the next lab uses is a conflict, a link too', () => {
    expect(carried({ tokens: 'mine' }).conflicts).toContain('tokens')
    expect(carried({}, ['tokens']).conflicts).toContain('tokens')
  })
  test('whoever has the reference already goes on from it', () => {
    const { mine, conflicts } = carried({ app: 'app', routes: 'right', throttle: 'right', name: 'one', config: 'c' })
    expect([mine, conflicts]).toEqual([[], []])
  })
})
