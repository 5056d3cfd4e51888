/** What the build knows of the runtime's files. A module of the build itself: the integration makes it. */
declare module 'virtual:run-files' {
  /** Names of the files below `base`. */
  export const files: import('../../../workbook/browser/bundle.ts').RunFiles
  /** Path of their folder, `/_run/`. */
  export const base: string
  /** Per id of a lab: names of files below `base`. `data` is a `LabData`, `solution` are `Files`, both JSON (labs.ts). */
  export const labs: Record<string, { data: string; solution: string }>
}
