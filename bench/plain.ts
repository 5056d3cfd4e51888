/** Thirteen plain checks: one to three requests each, no clock, no race. What grading itself costs shows best there. */
import { createdStatus, login, me, newAccount, register } from '../labs/01-password-login/checks/kit.ts'
import { type AnyCheck, check } from '../workbook/grader/index.ts'

const common = (i: number) => ({
  id: `C${String(i + 1).padStart(2, '0')}`,
  title: 'A plain check',
  level: 'core' as const,
  rationale: 'Measured, not taught.',
  lesson: '01-authentication/02-passwords-now#how-long',
  sources: [],
  capabilities: ['http' as const],
  lane: 'shared' as const,
  budget: { ms: 20_000, requests: 5 },
  diagnose: [],
})

/** Runs against any server of L01's contract: six ask for a page that is not theirs, seven sign up and in. */
export const plainChecks: AnyCheck[] = Array.from({ length: 13 }, (_, i) => (i % 2 === 0 ? roundTrip(i) : stranger(i)))

function stranger(i: number): AnyCheck {
  return check({
    ...common(i),
    claims: { told: { clause: 'me.1', says: 'who is not signed in is told so' } },
    async run(kit) {
      kit.expect('told', await kit.step('ask who I am', () => me(kit))).status(401)
    },
  })
}

function roundTrip(i: number): AnyCheck {
  return check({
    ...common(i),
    claims: {
      made: { clause: 'register.1', says: 'an account is made' },
      enters: { clause: 'login.1', says: 'its owner signs in' },
    },
    async run(kit) {
      const account = newAccount(kit)
      kit.expect('made', await kit.step('register', () => register(kit, account))).status(createdStatus(kit))
      const answer = await kit.step('sign in', () => login(kit, account.email, account.password))
      kit.expect('enters', answer).status(200)
    },
  })
}
