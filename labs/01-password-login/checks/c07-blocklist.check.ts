import { check, NotOffered } from '../../../workbook/grader/index.ts'
import { capital, createdStatus, newAccount, policyRefusal, register, swapCase, word } from './kit.ts'

export const blocklist = check({
  id: 'C07',
  title: 'Known and guessable passwords are refused',
  level: 'core',
  rationale:
    'Attackers try what has leaked and what fits the victim: the name of the service, of the account, of the person.',
  lesson: '01-authentication/02-passwords-now#blocklists',
  sources: ['asvs-6.2.4', 'asvs-6.2.11', 'nist-800-63b-4'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 60_000, requests: 24 },
  claims: {
    takesNear: { clause: 'password.5', says: 'a password one character away from a listed one is accepted' },
    refusesListed: { clause: 'password.5', says: 'a listed password is refused', twin: 'takesNear' },
    refusesCrlf: {
      clause: 'password.5',
      says: 'a listed password whose line ends in CRLF is refused',
      twin: 'takesNear',
    },
    ignoresCase: { clause: 'password.5', says: 'a listed password in other letter case is refused', twin: 'takesNear' },
    takesOther: { clause: 'password.6', says: 'the same pattern made of other words is accepted' },
    refusesService: { clause: 'password.6', says: 'a password made of the word depot is refused', twin: 'takesOther' },
    refusesAddress: {
      clause: 'password.6',
      says: 'a password made of the local part of the address is refused',
      twin: 'takesOther',
    },
    refusesName: { clause: 'password.6', says: 'a password made of the display name is refused', twin: 'takesOther' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const list = kit.settings.blocklist
    if (list === undefined)
      throw new NotOffered('the blocklist of this server is not known: give its settings with --env-file')
    const draw = (ending: 'lf' | 'crlf') => rng.pick(list.filter((entry) => entry.ending === ending)).text
    const created = createdStatus(kit)
    const attempt = (name: string, password: string, over: { email?: string; displayName?: string } = {}) =>
      step(name, () => register(kit, newAccount(kit, { password, ...over })))

    const listed = draw('lf')
    const near = listed.slice(0, -1) + (listed.endsWith('7') ? '8' : '7')
    expect('takesNear', await attempt('register with a password one character away from a listed one', near)).status(
      created,
    )
    for (const entry of [listed, draw('lf'), draw('lf')])
      expect('refusesListed', await attempt('register with a listed password', entry)).refused(
        policyRefusal,
        'password_blocked',
      )
    for (const entry of [draw('crlf'), draw('crlf')])
      expect('refusesCrlf', await attempt('register with a listed password whose line ends in CRLF', entry)).refused(
        policyRefusal,
        'password_blocked',
      )
    const other = swapCase(draw('lf'))
    expect('ignoresCase', await attempt('register with a listed password in other letter case', other)).refused(
      policyRefusal,
      'password_blocked',
    )

    // One pattern for all three words, so that the words alone make the difference.
    const pattern = (base: string) => `${capital(base)}#${base}${capital(base)}7`
    const [local, name] = [`${word(rng, 2)}${kit.unique()}`, capital(word(rng, 4))]
    const mine = { email: `${local}@${word(rng)}.example`, displayName: name }
    expect(
      'takesOther',
      await attempt('register with a pattern of an unrelated word', pattern(word(rng, 4)), mine),
    ).status(created)
    const again = { ...mine, email: `${local}@${word(rng)}.example` }
    expect(
      'refusesService',
      await attempt('register with the same pattern of the word depot', pattern('depot')),
    ).refused(policyRefusal, 'password_blocked')
    expect(
      'refusesAddress',
      await attempt('register with the same pattern of the local part of the address', pattern(local), again),
    ).refused(policyRefusal, 'password_blocked')
    expect(
      'refusesName',
      await attempt('register with the same pattern of the display name', pattern(name.toLowerCase()), again),
    ).refused(policyRefusal, 'password_blocked')
  },
  diagnose: [
    {
      id: 'list-ignored',
      when: (f) => f.claim === 'refusesListed' && (f.status ?? 0) < 300,
      why: 'A password from the blocklist is accepted. The list that counts is the file that BLOCKLIST_FILE names; a list inside the program cannot be kept up to date by whoever runs it.',
      hints: [
        'Is the file read at all? Its path comes from the environment.',
        'Compare an entry of the file with what the program holds in memory.',
        'Look up the whole password in the set of entries.',
      ],
    },
    {
      id: 'list-line-ends',
      when: (f) => f.claim === 'refusesCrlf' && (f.status ?? 0) < 300,
      why: 'Entries whose line ends in CRLF are not recognised, others are. An invisible character at the end of each such entry keeps it from ever matching.',
      hints: [
        'Print one entry as it stands in memory, with its length.',
        'Lines end in LF or in CRLF, in one and the same file.',
        'Cut the line end off, whichever it is.',
      ],
    },
    {
      id: 'list-case',
      when: (f) => f.claim === 'ignoresCase' && (f.status ?? 0) < 300,
      why: 'A listed password gets in when its letters have another case. Guessing programs try these variants first, because people do.',
      hints: [
        'How do you compare a password with an entry?',
        'Both sides have to be folded in the same way.',
        'Fold the case for the look-up only; the hash gets the password as it came.',
      ],
    },
    {
      id: 'context-ignored',
      when: (f) => ['refusesService', 'refusesAddress', 'refusesName'].includes(f.claim) && (f.status ?? 0) < 300,
      why: 'A password that is little more than the name of the service, the address or the display name is accepted. These are the first guesses of somebody who knows whom they attack.',
      hints: [
        'The clause names three words; which of them does the check of the password see?',
        'Remove every occurrence, ignoring case, and look at what is left.',
        'Fewer than 8 characters left means refused.',
      ],
    },
    {
      id: 'too-strict',
      when: (f) => f.claim === 'takesNear' || f.claim === 'takesOther',
      why: 'A password that is neither listed nor made of the three words is refused. Rules beyond the contract turn good passwords away.',
      hints: [
        'Read the code of the refusal: which rule spoke?',
        'The list is compared as a whole, not by parts of entries.',
        'Only the word depot, the local part and the display name count as context.',
      ],
    },
  ],
})
