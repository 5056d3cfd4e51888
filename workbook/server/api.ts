/** The API of the local server: JSON over HTTP for the pages of this very server. Shapes: `session/desk/protocol.ts`. */
import express, { type ErrorRequestHandler, type Router } from 'express'
import * as z from 'zod'
import { type Catalog, CatalogError } from '../catalog/index.ts'
import type { Context } from '../session/context.ts'
import { Busy, Desk } from '../session/desk/desk.ts'
import type { DraftAnswer, Refusal } from '../session/desk/protocol.ts'
import {
  actSchema,
  askSchema,
  diffSchema,
  doneSchema,
  draftSchema,
  hintSchema,
  openSchema,
  quizSchema,
  seenSchema,
  snapshotSchema,
} from '../session/desk/requests.ts'
import { isKnown } from '../session/desk/translate.ts'
import { diffOf } from '../session/diff.ts'
import { importDraft } from '../session/draft.ts'
import { open } from '../session/open.ts'
import { answerQuiz, finishLesson, quizChoices, seeLesson, viewProgress } from '../session/progress.ts'
import { listSnapshots, takeSnapshot } from '../session/snapshots.ts'
import { BODY_LIMIT, onlyOurPages } from './guard.ts'
import { Streams } from './streams.ts'

/** What is not there, or cannot be understood. */
class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface Api {
  router: Router
  /** Ends acts and streams. */
  close(): Promise<void>
}

/**
 * @param context where things are; its signal and progress are not used: each act has its own
 * @param catalog labs and pages. A request names them by id and address, which are looked up here and never become paths
 */
export function createApi(context: Context, catalog: Catalog, token: string): Api {
  const desks = new Map(catalog.labs.map((lab) => [lab.id, new Desk(context, lab)]))
  const streams = new Streams()
  const deskOf = (id: string): Desk => {
    const desk = desks.get(id)
    if (desk === undefined) throw new Refused(404, 'There is no such lab.')
    return desk
  }
  const router = express.Router()
  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store')
    next()
  })
  router.use(onlyOurPages(token))
  router.use(express.json({ limit: BODY_LIMIT, strict: true, inflate: false }))

  router.get('/labs/:lab/state', async (request, response) => {
    response.json(await deskOf(request.params.lab).state())
  })
  router.get('/labs/:lab/checks', async (request, response) => {
    response.json(await deskOf(request.params.lab).standings())
  })
  router.get('/labs/:lab/events', (request, response) => {
    streams.serve(deskOf(request.params.lab), request, response)
  })
  router.post('/labs/:lab/acts', async (request, response) => {
    const act = read(actSchema, request.body)
    response.status(202).json(await deskOf(request.params.lab).begin(act))
  })
  router.delete('/labs/:lab/acts', async (request, response) => {
    response.json({ stopped: await deskOf(request.params.lab).stop() })
  })
  router.post('/labs/:lab/rounds', (request, response) => {
    const { why } = read(askSchema, request.body)
    response.json({ asked: deskOf(request.params.lab).ask(why) })
  })
  router.post('/labs/:lab/hints', async (request, response) => {
    response.json(await deskOf(request.params.lab).hint(read(hintSchema, request.body).check))
  })
  router.get('/labs/:lab/diff', async (request, response) => {
    const { between, file } = read(diffSchema, request.query)
    response.json(await diffOf(context, deskOf(request.params.lab).lab, { between, file }))
  })
  router.get('/labs/:lab/snapshots', async (request, response) => {
    response.json(await listSnapshots(context, deskOf(request.params.lab).lab))
  })
  router.post('/labs/:lab/snapshots', async (request, response) => {
    const { note } = read(snapshotSchema, request.body)
    response.status(201).json(await takeSnapshot(context, deskOf(request.params.lab).lab, note))
  })
  router.post('/labs/:lab/draft', async (request, response) => {
    const draft = read(draftSchema, request.body)
    const { snapshot, changed, left } = await importDraft(context, deskOf(request.params.lab).lab, draft)
    response.json({
      changed,
      left,
      ...(snapshot === undefined ? {} : { snapshot: snapshot.name }),
    } satisfies DraftAnswer)
  })
  router.post('/labs/:lab/open', async (request, response) => {
    const { file, line, column } = read(openSchema, request.body)
    const opened = await open(context, deskOf(request.params.lab).lab, file, line, column)
    response.json({ opened: opened.file })
  })
  router.get('/progress', async (_request, response) => {
    response.json(await viewProgress(context, catalog))
  })
  router.get('/progress/quiz', async (_request, response) => {
    response.json(await quizChoices(context))
  })
  router.post('/progress/quiz', async (request, response) => {
    const { id, choice } = read(quizSchema, request.body)
    response.json(await answerQuiz(context, catalog, id, choice))
  })
  router.post('/progress/seen', async (request, response) => {
    const { path, heading } = read(seenSchema, request.body)
    await seeLesson(context, catalog, path, heading)
    response.json({})
  })
  router.post('/progress/done', async (request, response) => {
    const { path, done } = read(doneSchema, request.body)
    await finishLesson(context, catalog, path, done)
    response.json({})
  })
  router.use(() => {
    throw new Refused(404, 'The API has no such address.')
  })
  router.use(failed)
  return {
    router,
    async close() {
      // In this order, so that a page that listens hears what became of its act.
      await Promise.all([...desks.values()].map((desk) => desk.close()))
      streams.close()
    },
  }
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new Refused(400, `This request cannot be understood: ${z.prettifyError(result.error)}`)
}

/** An answer without a stack, whatever went wrong. */
const failed: ErrorRequestHandler = (error: Error & { status?: number }, _request, response, next) => {
  if (response.headersSent) return next(error)
  const refuse = (status: number, refusal: Refusal) => response.status(status).json(refusal)
  if (error instanceof Refused) return refuse(error.status, { error: error.message })
  if (error instanceof Busy) return refuse(409, { error: error.message })
  if (error.status !== undefined && error.status < 500)
    return refuse(error.status, { error: 'This request cannot be read.' })
  if (isKnown(error) || error instanceof CatalogError) {
    const { remedy } = error as { remedy?: string }
    return refuse(422, { error: error.message, ...(remedy === undefined ? {} : { remedy }) })
  }
  console.error(error)
  return refuse(500, { error: 'This is a mistake of the workbook itself; the terminal of npm start has more.' })
}
