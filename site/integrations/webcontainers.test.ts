import { expect, test } from 'vitest'
import { containerHost } from './webcontainers.ts'

const hostOf = (WORKBOOK_WEBCONTAINERS?: string) => containerHost({ WORKBOOK_WEBCONTAINERS })

test('there is no host unless the owner names one', () => {
  expect([hostOf(), hostOf(''), hostOf('  ')]).toEqual(['', '', ''])
})

test('a host is an origin, by HTTPS or on this machine', () => {
  expect(hostOf('https://stackblitz.com')).toBe('https://stackblitz.com')
  expect(hostOf('https://stackblitz.com/')).toBe('https://stackblitz.com')
  expect(hostOf('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080')
})

test.each(['yes', 'stackblitz.com', 'http://stackblitz.com', 'https://stackblitz.com/headless', 'https://x.org/?a=1'])(
  '%s is refused with what it should be',
  (value) => {
    expect(() => hostOf(value)).toThrow('such as https://stackblitz.com')
  },
)
