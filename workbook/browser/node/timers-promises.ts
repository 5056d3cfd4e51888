import { promises } from './timers.ts'

export const { setTimeout, setImmediate, setInterval, scheduler } = promises
export { promises as 'module.exports' }
export default promises
