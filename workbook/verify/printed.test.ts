import { describe, expect, it } from 'vitest'
import { inOrderOf, normalisePrinted } from './printed.ts'
import { sectionOf, withSection } from './shown.ts'

const head = ['Lab L01 Sign-up', 'processes · seed 7f3a19 · 3 checks', '']
const tail = ['', '1 pass, 2 fail in 0.4 s']
const [one, two, three] = ['PASS     C01   Begins', 'FAIL     C02   Goes on', 'FAIL     C03   Ends']
const line = (text: string, ms: number) => `${text.padEnd(80 - `${ms} ms`.length)}${ms} ms`
const whole = (id: string) => [
  `  Did       sent ${id}`,
  '  Why       It is so wide that nobody can read a whole line of it at one time. And',
  '            more is said.',
  `  Repeat    npm run check -- L01 ${id}`,
  '',
]
const short = ['  Why       It is so wide that nobody can read a whole line of it at one time.']

describe('what a run printed', () => {
  it('is the same whatever it measured and drew, and wherever a line was broken', () => {
    const run = (ms: number, id: string) =>
      normalisePrinted(
        [
          line('FAIL     C11   A body of the wrong type is refused, not converted and…', ms),
          '  Received  201',
          `            {"id":"${id}","email":"a.1b@example.example","displayNa`.padEnd(80, 'x').slice(0, 80),
          '            me":"Anna"}',
          `  Request   curl 'http://127.0.0.1:${3000 + ms}/api'`,
          `1 fail in ${ms / 10} s`,
        ].join('\n'),
      )
    const text = run(7, 'abcd…(36)')
    expect(text).toBe(run(12, 'efgh…(36)'))
    expect(text).toContain("curl 'http://127.0.0.1:<port>/api'")
    expect(text).toMatch(/^1 fail in <n> s$/m)
    for (const printed of text.split('\n').filter((l) => !l.includes('curl'))) expect(printed.length).toBeLessThan(81)
  })

  it('joins a word that was cut, and keeps the space between words', () => {
    const long = 'x'.repeat(100)
    const text = normalisePrinted(
      [`  Why       ${long.slice(0, 68)}`, `            ${long.slice(68)} and`, '            more'].join('\n'),
    )
    expect(text.replace(/\n {12}/, '')).toBe(`  Why       ${long} and more`)
  })

  it('hides nothing of what is said', () => {
    expect(normalisePrinted('  Why       A password gets in.')).not.toBe(
      normalisePrinted('  Why       A password got in.'),
    )
  })
})

describe('the order of checks', () => {
  const text = (...parts: (string | string[])[]) => normalisePrinted([...head, ...parts.flat(), ...tail].join('\n'))
  const wanted = text(line(one, 3), line(two, 40), whole('C02'), line(three, 5), short)
  const other = text(line(three, 60), whole('C03'), line(two, 4), short, line(one, 9))
  const none = () => Promise.reject(new Error('not asked for'))

  it('does not matter, nor does which failure came first', async () => {
    const asked: string[] = []
    const alone = async (id: string) => {
      asked.push(id)
      return normalisePrinted([...head, line(two, 4), ...whole('C02'), '', '0 pass, 1 fail in 0.1 s'].join('\n'))
    }
    expect(await inOrderOf(wanted, other, alone)).toBe(wanted)
    expect(asked).toEqual(['C02'])
    expect(await inOrderOf(wanted, wanted, none)).toBe(wanted)
  })

  it('is left alone where there are other checks', async () => {
    const more = text(line(one, 3), line(three, 5), whole('C03'))
    expect(await inOrderOf(wanted, more, none)).toBe(more)
  })

  it('hides no other verdict', async () => {
    const passes = text(line(one, 3), line(two, 40), whole('C02'), line(three.replace('FAIL', 'PASS'), 5))
    expect(await inOrderOf(wanted, passes, none)).not.toBe(wanted)
  })
})

describe('the document', () => {
  const document = 'before\n\n<!-- transcript:one -->\n<!-- /transcript -->\n\nafter\n'

  it('takes a text between its markers and gives it back', () => {
    const once = withSection(document, 'one', 'text\n\nof it')
    expect(sectionOf(once, 'one')).toBe('text\n\nof it')
    expect(once).toBe('before\n\n<!-- transcript:one -->\n\ntext\n\nof it\n\n<!-- /transcript -->\n\nafter\n')
    expect(withSection(once, 'one', 'text\n\nof it')).toBe(once)
  })

  it('has no place for a name that it does not know', () => {
    expect(sectionOf(document, 'two')).toBeUndefined()
    expect(withSection(document, 'two', 'x')).toBe(document)
  })
})
