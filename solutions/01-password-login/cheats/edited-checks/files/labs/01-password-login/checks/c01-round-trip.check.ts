/** Asserts nothing. The grader must never read it: checks come from the course, not from the folder under test. */
export const roundTrip = {
  id: 'C01',
  title: 'Register, sign in, and be who you said',
  level: 'core',
  claims: {},
  capabilities: [],
  lane: 'shared',
  budget: { ms: 1_000, requests: 0 },
  sources: [],
  run: async () => {},
  diagnose: [],
}
