/** Trouble of the machine and servers that do not come up: the quick rows of the table that `verify --full` makes whole. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findLab, type Lab } from '../../workbook/catalog/index.ts'
import { faults } from '../../workbook/verify/fault-table.ts'
import { meetFault, openSite } from '../../workbook/verify/faults.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
let lab: Lab
let site: Awaited<ReturnType<typeof openSite>>

beforeAll(async () => {
  lab = await findLab(root, 'L01')
  site = await openSite(root, lab)
})
afterAll(() => site.close())

describe('a fault gets its exit code and sentence, blames no check, and leaves nothing', () => {
  it.each(faults.filter((fault) => fault.quick))('$id', async (fault) => {
    expect(await meetFault(site, lab, fault)).toEqual([])
  })
})
