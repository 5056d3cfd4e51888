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
  /** Of a project whose containers were started from another folder of this machine. */
  foreign: EngineThing[]
}

/** Projects of labs; see `projectName` and `stackName`. */
const ours = /^depot-l\d\d(-|$)/

/**
 * Everything of labs, in an order in which it can be removed. A container belongs to the folder it was started from. Volumes, networks and images say their project
 * alone, which has the same name in every checkout: they count as foreign where a container of another folder is of that project.
 * @param root the checkout
 * @param known folders outside of it that it started stacks from
 */
export async function takeInventory(root: string, known: readonly string[]): Promise<Inventory> {
  const real = await realpath(root)
  const isOwn = (dir: string) => dir === real || dir.startsWith(real + path.sep) || known.includes(dir)
  const containers = (await containersOfLabs()).map((c) => ({ ...c, own: isOwn(c.dir) }))
  const elsewhere = new Set(containers.filter((c) => !c.own).map((c) => c.project))
  const things: (EngineThing & { own: boolean })[] = [
    ...containers.map(({ dir: _dir, ...thing }) => thing),
    ...[...(await networks()), ...(await volumes()), ...(await images())].map((thing) => ({
      ...thing,
      own: !elsewhere.has(thing.project),
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

async function rows(words: string[]): Promise<string[][]> {
  const text = await dockerOk(words, `docker ${words[0]}`, { timeout: 60_000 })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}

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
  const format = '{{.Id}}\t{{.Size}}\t{{index .Config.Labels "com.docker.compose.project"}}\t{{join .RepoTags " "}}'
  const list = await rows(['image', 'inspect', '--format', format, ...unique])
  return list.flatMap(([id = '', size = '', project = '', tags = '']) => {
    // A name given by hand keeps the image.
    const names = tags.split(' ').filter((tag) => tag !== '')
    if (!ours.test(project) || !names.every((tag) => ours.test(tag))) return []
    const name = names.join(', ') || `${project} (an older build, ${id.slice(7, 19)})`
    return [{ kind: 'image' as const, id, name, project, running: false, bytes: Number(size) }]
  })
}
