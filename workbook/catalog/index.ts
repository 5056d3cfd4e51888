/** The catalogue: what `course/` and `labs/` hold, typed and validated. */
export * from './exercise.ts'
export * from './load.ts'
export * from './problem.ts'
export * from './read.ts'
export * from './schema.ts'
export * from './tracks.ts'
export * from './windows.ts'
