import { promises } from './fs.ts'

export const {
  readFile,
  writeFile,
  appendFile,
  readdir,
  stat,
  lstat,
  access,
  realpath,
  mkdir,
  mkdtemp,
  unlink,
  rmdir,
  rm,
  rename,
  copyFile,
  watch,
  open,
  constants,
} = promises
export { promises as 'module.exports' }
export default promises
