/** The script of the Workers of a lab's programs. */
// First: packages look for Node's globals when they are loaded.
import '../node/globals.ts'
import { packages } from './packages.ts'
import { serveProgram } from './program.ts'

serveProgram(packages)
