import * as z from 'zod'
import { defineAggregate, defineDomain, defineEvent, refuse } from '../../src/domain.ts'

/** A list of tasks with rules of its own: at most three may be open, and each is done once. */
export const Opened = defineEvent('Opened', { schema: z.object({ task: z.string(), title: z.string() }) })
export const Done = defineEvent('Done', { schema: z.object({ task: z.string() }) })
/** In the same streams, and nothing to the aggregate. */
export const Read = defineEvent('Read', { schema: z.object({ by: z.string().default('somebody') }) })

export interface Tasks {
  readonly open: Readonly<Record<string, string>>
  readonly done: number
  readonly lastAt: string
}

export const MOST_OPEN = 3

export const tasks = defineAggregate('tasks', {
  stream: (id) => `tasks-${id}`,
  events: [Opened, Done],
  initial: (): Tasks => ({ open: {}, done: 0, lastAt: '' }),
  evolve: {
    Opened: (state, { data, time }) => {
      if (data.title === 'boom') throw new RangeError(`secret ${data.title}`)
      return { ...state, open: { ...state.open, [data.task]: data.title }, lastAt: time }
    },
    Done: ({ open, done }, { data, time }) => {
      const { [data.task]: _done, ...rest } = open
      return { open: rest, done: done + 1, lastAt: time }
    },
  },
  commands: {
    open: {
      args: z.object({ title: z.string().min(1), task: z.string().optional() }),
      decide: ({ open }, { title, task }, { newId }) => {
        if (title === 'broken') throw new RangeError('broken')
        return Object.keys(open).length < MOST_OPEN
          ? Opened({ task: task ?? newId(), title })
          : refuse('too-many', 'Finish something first')
      },
    },
    finish: {
      args: z.string(),
      decide: ({ open }, task) => (task in open ? Done({ task }) : refuse('not-open', 'There is no such task')),
    },
    finishAll: {
      args: undefined,
      decide: ({ open }) => Object.keys(open).map((task) => Done({ task })),
    },
  },
  snapshot: { every: 4, version: 1 },
})

export const taskDomain = defineDomain({ version: 'tasks 1', events: [Opened, Done, Read], aggregates: [tasks] })
