import { refused } from './refuse.ts'

export const isatty = (_fd: number): boolean => false
export const ReadStream = refused('tty.ReadStream', 'there is no terminal')
export const WriteStream = refused('tty.WriteStream', 'there is no terminal')

const module = { isatty, ReadStream, WriteStream }

export { module as 'module.exports' }
export default module
