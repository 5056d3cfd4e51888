/** The script of the Workers of exercises: what a pure function needs, which is less by two thirds. */
// First: packages look for Node's globals when they are loaded.
import '../node/globals.ts'
import * as jose from 'jose'
import { serveProgram } from './program.ts'

serveProgram({ jose: () => jose })
