/** What a change touches, and so which part of the gating set has to run again. Pure: names of files in, parts out. */

/** What a lab has that can be touched by itself. */
export interface LabFiles {
  id: string
  folder: string
  /** `file`: name within `checks/`. `needs`: ids of the checks that it takes values from. */
  checks: { id: string; file: string; needs: string[] }[]
  mutants: string[]
  alternates: string[]
}

/** A part of a lab's gating set. */
export interface Part {
  /** Checks that changed: on every right program, on the starter, and on the mutants that they kill. */
  checks: string[]
  /** Wrong programs that changed: under their own check and all of the shared lane. */
  mutants: string[]
  /** Right programs that changed: under all checks. */
  alternates: string[]
  /** Compare the runs that a document shows. */
  document: boolean
}

export interface Touched {
  /** By id of the lab. `whole`: everything of it. Labs without an entry are not touched. */
  labs: Record<string, 'whole' | Part>
  /** What changed and is proven elsewhere, in words. */
  elsewhere: string[]
}

/** Rooms that every grading goes through. */
const everywhere = /^(workbook\/(grader|verify|stack|catalog|workspace)|labs\/depot|docker)\//
/** Versions of packages and the compiler are part of every program. */
const foundations = new Set(['package.json', 'package-lock.json', 'tsconfig.json'])
/** Rooms between the words that are typed and the grader: what is shown of a run may change. */
const commands = /^workbook\/(cli|session|doctor|bootstrap|progress)\//
/** Proven by the unit tests, or not run at all. */
const inert = /^workbook\/.*(\.test\.ts|\/README\.md)$|^workbook\/.*\/fixtures\/|^labs\/[^/]+\/checks\/.*\.test\.ts$/

/**
 * @param files paths in the checkout, with `/`
 * @param document the document that shows runs, and the lab and the mutant that they are of
 */
export function touchedBy(
  files: readonly string[],
  labs: readonly LabFiles[],
  document: { file: string; lab: string; mutant: string },
): Touched {
  const touched: Touched = { labs: {}, elsewhere: [] }
  const whole = (lab: LabFiles) => {
    touched.labs[lab.id] = 'whole'
  }
  const part = (id: string): Part => {
    const known = touched.labs[id]
    // Whatever is noted of a lab that runs whole is run anyway.
    if (known === 'whole') return emptyPart()
    const own = known ?? emptyPart()
    touched.labs[id] = own
    return own
  }
  const tell = (text: string) => {
    if (!touched.elsewhere.includes(text)) touched.elsewhere.push(text)
  }
  for (const file of files) {
    if (inert.test(file)) continue
    if (everywhere.test(file) || foundations.has(file)) for (const lab of labs) whole(lab)
    else if (file === document.file) part(document.lab).document = true
    else if (commands.test(file)) {
      part(document.lab).document = true
      tell('the command line: npm test -- cli, and npm run verify -- --full --only faults')
    } else {
      const lab = labs.find(
        ({ folder }) => file.startsWith(`labs/${folder}/`) || file.startsWith(`solutions/${folder}/`),
      )
      if (lab !== undefined)
        inLab(
          lab,
          file,
          () => part(lab.id),
          () => whole(lab),
          tell,
        )
    }
  }
  const own = touched.labs[document.lab]
  // The runs that it shows are of all checks.
  if (own !== undefined && own !== 'whole' && (own.checks.length > 0 || own.mutants.includes(document.mutant)))
    own.document = true
  return touched
}

export const emptyPart = (): Part => ({ checks: [], mutants: [], alternates: [], document: false })

/** A file of a lab, or of the programs that are made for it. */
function inLab(lab: LabFiles, file: string, part: () => Part, whole: () => void, tell: (text: string) => void): void {
  const [room, , set = '', name = '', ...rest] = file.split('/')
  const checks = set === 'checks' && rest.length === 0 ? lab.checks.filter((c) => c.file === name) : []
  if (room === 'labs' && checks.length > 0) {
    for (const id of withDependents(checks, lab.checks)) add(part().checks, id)
  } else if (room === 'solutions' && set === 'cheats') {
    tell(`cheats: npm run verify -- ${lab.id} --full --only cheats`)
  } else if (room === 'solutions' && (set === 'mutants' || set === 'alternates')) {
    const own = part()
    // One that is gone has nothing to run; whether it is missed is told by the coverage, which is always looked at.
    if (lab[set].includes(name)) add(own[set], name)
  }
  // A helper of the checks, the contract, the starter, the reference that mutants are patches of: anything may hang on it.
  else whole()
}

/** Checks, and those that take values from them. */
function withDependents(changed: LabFiles['checks'], all: LabFiles['checks']): string[] {
  const ids = changed.map((c) => c.id)
  for (let before = 0; before < ids.length; ) {
    before = ids.length
    for (const check of all) if (check.needs.some((id) => ids.includes(id))) add(ids, check.id)
  }
  return ids
}

function add(list: string[], id: string): void {
  if (!list.includes(id)) list.push(id)
}

/** A part in words: what of the gating set runs. */
export function partInWords(part: Part): string {
  const words = [
    ...(part.checks.length > 0
      ? [
          `${part.checks.join(', ')} on the right programs, the starter, and the mutants that ${part.checks.length > 1 ? 'they kill' : 'it kills'}`,
        ]
      : []),
    ...part.mutants.map((id) => `the mutant ${id}`),
    ...part.alternates.map((id) => `the alternate ${id}`),
    ...(part.mutants.length + part.alternates.length > 0 ? ['the reference on processes under all checks'] : []),
    ...(part.document ? ['the runs that the document shows'] : []),
  ]
  return words.length === 0 ? 'coverage alone' : words.join('; ')
}
