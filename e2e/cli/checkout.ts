/** What the tests of the command line run in: the checkout that the faults of `verify --full` use too. */
import { execFile } from 'node:child_process'

export { type Checkout, makeCheckout, type Outcome, type Running } from '../../workbook/verify/checkout.ts'

/** Is there an engine? Where it is mandatory, its absence is an error of the test and not a reason to skip. */
export async function dockerThere(): Promise<boolean> {
  const there = await new Promise<boolean>((resolve) => {
    execFile('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 }, (error) =>
      resolve(error === null),
    )
  })
  if (!there && process.env.WORKBOOK_REQUIRE_CONTAINER === '1')
    throw new Error('containers are required here, and Docker does not answer')
  return there
}
