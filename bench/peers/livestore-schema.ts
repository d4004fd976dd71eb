import { Events, makeSchema, Schema, State } from '@livestore/livestore'

const text = State.SQLite.text
const columns = {
  commitId: text(),
  type: text(),
  version: State.SQLite.integer(),
  stream: text(),
  time: text(),
  metadata: text(),
}

export const tables = {
  meals: State.SQLite.table({
    name: 'meals',
    columns: { id: text({ primaryKey: true }), ...columns, data: text() },
    indexes: [
      { name: 'by_commit', columns: ['commitId'] },
      { name: 'by_stream', columns: ['stream'] },
      { name: 'by_type', columns: ['type'] },
      { name: 'by_time', columns: ['time'] },
    ],
  }),
}

export const events = {
  mealLogged: Events.synced({
    name: 'v1.MealLogged',
    schema: Schema.Struct({
      id: Schema.String,
      commitId: Schema.String,
      type: Schema.String,
      version: Schema.Number,
      stream: Schema.String,
      time: Schema.String,
      data: Schema.String,
      metadata: Schema.String,
    }),
  }),
}

const materializers = State.SQLite.materializers(events, {
  'v1.MealLogged': (row) => tables.meals.insert(row),
})

export const schema = makeSchema({ events, state: State.SQLite.makeState({ tables, materializers }) })
