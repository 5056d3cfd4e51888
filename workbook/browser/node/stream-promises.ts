import { promises } from './stream.ts'

export const { pipeline, finished } = promises
export { promises as 'module.exports' }
export default promises
