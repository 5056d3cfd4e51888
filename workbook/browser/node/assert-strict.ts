import { strict } from './assert.ts'

export { strict as 'module.exports' }
export default strict
