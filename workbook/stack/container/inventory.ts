/** What labs left with the Docker engine: containers, networks, volumes and images, told apart from those of other checkouts. */
import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { docker, dockerOk } from './docker.ts'

export interface EngineThing {
  kind: 'container' | 'network' | 'volume' | 'image'
  /** What docker removes it by. */
  id: string
  /** What a person knows it by. */
  name: string
  /** Compose project that it belongs to: `depot-l01`. */
  project: string
  running: boolean
  bytes?: number
}

export interface Inventory {
  own: EngineThing[]
  /** Of stacks of another folder of this machine, as far as can be told. */
  foreign: EngineThing[]
}

/** Projects of labs; see `projectName` and `stackName`. */
const ours = /^depot-l\d\d(-|$)/

/** The project of a learner's copy, and that of `lab pull`: the same names in every checkout. Other names hold the hash of a folder. */
const common = /^depot-l\d\d(-pull)?$/

/**
 * Everything of labs, in an order in which it can be removed. A container belongs to the folder it was started from. Volumes, networks and images say their project
 * alone: they are foreign where a container of another folder is of that project. So are volumes and networks of a folder that is not known here; an image can be built again.
 * @param root the checkout
 * @param known folders outside of it that it started stacks from, and the names of these stacks
 */
export async function takeInventory(
  root: string,
  known: { dirs: readonly string[]; names: readonly string[] },
): Promise<Inventory> {
  const real = await realpath(root)
  const isOwn = (dir: string) => dir === real || dir.startsWith(real + path.sep) || known.dirs.includes(dir)
  const containers = (await containersOfLabs()).map((c) => ({ ...c, own: isOwn(c.dir) }))
  const projects = (own: boolean) => new Set(containers.filter((c) => c.own === own).map((c) => c.project))
  const [here, elsewhere] = [projects(true), projects(false)]
  const isKnown = ({ project, kind }: EngineThing) =>
    kind === 'image' || common.test(project) || here.has(project) || known.names.includes(project)
  const things: (EngineThing & { own: boolean })[] = [
    ...containers.map(({ dir: _dir, ...thing }) => thing),
    ...[...(await networks()), ...(await volumes()), ...(await images())].map((thing) => ({
      ...thing,
      own: !elsewhere.has(thing.project) && isKnown(thing),
    })),
  ]
  const strip = ({ own: _own, ...thing }: EngineThing & { own: boolean }): EngineThing => thing
  return { own: things.filter((t) => t.own).map(strip), foreign: things.filter((t) => !t.own).map(strip) }
}

/** Removes one thing; undefined when it is gone, else why not. */
export async function removeThing(thing: EngineThing): Promise<string | undefined> {
  const words = {
    container: ['rm', '-f', '-v', thing.id],
    network: ['network', 'rm', thing.id],
    volume: ['volume', 'rm', thing.id],
    image: ['image', 'rm', '-f', thing.id],
  }[thing.kind]
  const result = await docker(words)
  if (result.code === 0 || /no such/i.test(result.stderr)) return undefined
  return result.stderr.trim().split('\n').at(-1) ?? 'docker said nothing'
}

const PROJECT = '{{.Label "com.docker.compose.project"}}'

const rows = async (words: string[]): Promise<string[][]> =>
  rowsOf(await dockerOk(words, `docker ${words[0]}`, { timeout: 60_000 }))

const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))

async function containersOfLabs(): Promise<(EngineThing & { dir: string })[]> {
  const format = `{{.ID}}\t{{.Names}}\t{{.State}}\t${PROJECT}\t{{.Label "com.docker.compose.project.working_dir"}}`
  const list = await rows(['ps', '-a', '--filter', 'label=com.docker.compose.project', '--format', format])
  return list.flatMap(([id = '', name = '', state = '', project = '', dir = '']) =>
    ours.test(project)
      ? [
          {
            kind: 'container' as const,
            id,
            name,
            project,
            running: ['running', 'restarting', 'paused'].includes(state),
            dir,
          },
        ]
      : [],
  )
}

async function networks(): Promise<EngineThing[]> {
  const words = ['network', 'ls', '--filter', 'label=com.docker.compose.project']
  const list = await rows([...words, '--format', `{{.ID}}\t{{.Name}}\t${PROJECT}`])
  return list.flatMap(([id = '', name = '', project = '']) =>
    ours.test(project) ? [{ kind: 'network' as const, id, name, project, running: false }] : [],
  )
}

async function volumes(): Promise<EngineThing[]> {
  const words = ['volume', 'ls', '--filter', 'label=com.docker.compose.project']
  const list = await rows([...words, '--format', `{{.Name}}\t${PROJECT}`])
  return list.flatMap(([name = '', project = '']) =>
    ours.test(project) ? [{ kind: 'volume' as const, id: name, name, project, running: false }] : [],
  )
}

/** Built for labs, those that a newer build took the name from among them. */
async function images(): Promise<EngineThing[]> {
  const ids = await rows(['images', '-q', '--no-trunc', '--filter', 'label=com.docker.compose.project'])
  const unique = [...new Set(ids.flat())]
  if (unique.length === 0) return []
  const format = '{{.Id}}\t{{.Size}}\t{{index .Config.Labels "com.docker.compose.project"}}\t{{json .RepoTags}}'
  // One that is gone meanwhile makes docker fail, and the others are told all the same.
  const { stdout } = await docker(['image', 'inspect', '--format', format, ...unique], { timeout: 60_000 })
  return rowsOf(stdout).flatMap(([id = '', size = '', project = '', tags = '[]']) => {
    const names = JSON.parse(tags) as string[]
    // A name given by hand keeps the image.
    if (!ours.test(project) || !names.every((tag) => ours.test(tag))) return []
    const name = names.join(', ') || `${project} (an older build, ${id.slice(7, 19)})`
    return [{ kind: 'image' as const, id, name, project, running: false, bytes: Number(size) }]
  })
}
