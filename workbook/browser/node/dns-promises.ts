import { promises } from './dns.ts'

export const { lookup } = promises
export { promises as 'module.exports' }
export default promises
