import http from 'node:http'

/** Does the readiness path give any HTTP answer? That is clause 0 of every lab. */
export function answersHttp(origin: string, timeout: number): Promise<boolean> {
  if (!origin.startsWith('http://')) return Promise.resolve(false)
  return new Promise((resolve) => {
    const req = http.get(new URL('/api/health/ready', origin), { agent: false })
    const timer = setTimeout(() => done(false), timeout)
    const done = (value: boolean) => {
      clearTimeout(timer)
      req.destroy()
      resolve(value)
    }
    req.on('response', () => done(true))
    req.on('error', () => done(false))
  })
}
