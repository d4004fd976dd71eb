import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Where a row of the fault catalogue is tested. `crash` and `slow` are stages of `npm run test:slow`; the others run in `npm test`. */
const Place = z.enum(['unit', 'browser', 'e2e', 'crash', 'slow'])
export type Place = z.infer<typeof Place>

const Id = z.string().regex(/^C\d{2,3}$/)

const Catalogue = z.strictObject({
  /** Listed, and not tested yet: printed by every run. Never a row that is owed. */
  open: z.array(Id),
  rows: z.array(
    z.strictObject({
      id: Id,
      priority: z.enum(['P0', 'P1', 'P2']),
      /** Each of them has a test. */
      where: z.array(Place).min(1),
      title: z.string().min(1),
    }),
  ),
})
export type Catalogue = z.infer<typeof Catalogue>

/** Where a row has to be shown: with our own clock and faults, in Node; in a real browser; or in both. */
const settings = {
  node: ['unit'],
  browser: ['browser', 'e2e', 'crash', 'slow'],
} as const satisfies Record<string, readonly Place[]>
type Setting = keyof typeof settings
export type Owed = ReadonlyMap<string, readonly Setting[]>

const owedIn = (ids: string, ...where: readonly Setting[]) => ids.split(' ').map((id) => [id, where] as const)

/** The faults that have to be tested by now, those of P0 and P1; what else the catalogue lists is more than that. */
const OWED: Owed = new Map([
  // The log on the device.
  ...owedIn('C06 C17 C18 C19 C22 C30', 'node'),
  ...owedIn('C01 C04 C08 C10 C11 C16 C29', 'browser'),
  ...owedIn('C03 C05 C21 C23 C26 C27 C28 C32', 'node', 'browser'),
  // Tabs that sync, the outbox, and what comes of it.
  ...owedIn('C35 C43 C44 C45 C46 C47 C48 C49 C50 C53 C55 C56 C57 C62 C63 C64 C65 C67 C68 C69 C73', 'node'),
  ...owedIn('C58 C75', 'browser'),
  ...owedIn('C33', 'node', 'browser'),
  // Bad input.
  ...owedIn('C92 C93 C94 C95 C96 C97 C99', 'node'),
])

/** A test that runs, by the rows that its name, or that of a group around it, begins with. */
export interface NamedTest {
  readonly place: Place
  readonly ids: readonly string[]
}

export function readCatalogue(file: string | URL): Catalogue {
  return Catalogue.parse(JSON.parse(readFileSync(file, 'utf8')))
}

/** The rows that a name begins with: `C49: …`, or several, `C48, C50: …`. */
export function idsAtStart(name: string): readonly string[] {
  const [start = ''] = /^C\d{2,3}(?:,? C\d{2,3})*(?=[:\s]|$)/.exec(name) ?? []
  return start === '' ? [] : start.split(/,? /)
}

function isIn(places: readonly Place[], place: Place): boolean {
  return places.includes(place)
}

/** What is wrong with it: one sentence each, none when all is well. */
export function findGaps({ rows, open }: Catalogue, tests: readonly NamedTest[], owed = OWED): readonly string[] {
  const ids = rows.map(({ id }) => id)
  const isTested = (id: string, place: Place) => tests.some((test) => test.place === place && test.ids.includes(id))
  const untested = rows
    .filter(({ id }) => !open.includes(id))
    .flatMap(({ id, where }) => where.filter((place) => !isTested(id, place)).map((place) => [id, place] as const))
  return [
    ...ids.filter((id, index) => ids.indexOf(id) < index).map((id) => `${id} is listed twice`),
    ...[...owed.keys()].filter((id) => !ids.includes(id)).map((id) => `${id} is owed and not listed`),
    // Whatever is listed as open needs no test: so nothing that is owed may be.
    ...[...owed.keys()]
      .filter((id) => open.includes(id))
      .map((id) => `${id} is owed and open: it needs a test that runs`),
    ...rows.flatMap(({ id, where }) =>
      (owed.get(id) ?? [])
        .filter((setting) => !where.some((place) => isIn(settings[setting], place)))
        .map((setting) => `${id} is owed in ${setting}: it has to be listed in ${settings[setting].join(' or ')}`),
    ),
    ...open.filter((id) => !ids.includes(id)).map((id) => `${id} is open and not listed`),
    ...untested.map(([id, place]) => `${id} has no ${place} test that runs: begin its name with '${id}: '`),
  ]
}
