/** No page costs more than it may (cost.ts): as published, and as the local workbook serves it. */
import { test } from '@playwright/test'
import { costOf, keepsBudget } from './cost.ts'
import { test as local } from './journeys/fixture.ts'
import { pages } from './pages.ts'

for (const path of pages) {
  test(`${path} keeps its budget`, async ({ page }, info) => {
    const cost = await costOf(page, path)
    info.annotations.push({ type: 'cost', description: JSON.stringify(cost) })
    keepsBudget(path, cost)
  })
}

local('each page keeps its budget with the workbook behind it, too', async ({ page, learner }) => {
  local.setTimeout(120_000)
  for (const path of pages) keepsBudget(path, await costOf(page, `${learner.origin}${path}`))
})
