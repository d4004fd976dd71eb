import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection } from '../../src/domain.ts'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import { VERSION } from '../../src/version.ts'
import { mentions } from '../support/mentions.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

/** Everything that a person, or a server, could have put somewhere; each a word of its own. */
const CANARIES = {
  payload: 'canary-payload',
  metadata: 'canary-metadata',
  stream: 'canary-stream',
  token: 'canary-token',
  account: 'canary-account',
  store: 'canary-store',
  ruleMessage: 'canary-rule-message',
  code: 'canary code of ann@example.com',
  reason: 'canary-reason',
  error: 'canary-error',
  serverMessage: 'canary-server-message',
}

const Written = defineEvent('Written', { schema: z.object({ text: z.string() }), stream: () => CANARIES.stream })
const broken = defineProjection('broken', {
  version: 1,
  events: [Written],
  key: ({ data }) => data.text,
  initial: () => 0,
  evolve: {
    Written: () => {
      throw new Error(CANARIES.error)
    },
  },
})
const domain = defineDomain({ version: 'support 1', events: [Written], projections: [broken] })

it('a support bundle has counts, versions and codes, and nothing that a person or a server has written', async () => {
  const clock = new VirtualClock()
  const machine = new VirtualMachine(1, clock)
  const server = new SyncServer()
  server.domain = domain
  let refusal = { code: 'too-many', message: CANARIES.ruleMessage }
  server.rules = [({ events }) => (mentions(events, 'bad') ? refusal : undefined)]
  const larder = await openLarderInline(domain, {
    ...{ name: CANARIES.store, account: CANARIES.account, platform: machine.openTab() },
    sync: { transport: server.transport(), auth: async () => CANARIES.token },
  })
  larder.view(broken, CANARIES.payload).subscribe()
  larder.handle(Written, () => Promise.reject(new Error(CANARIES.error)), {
    ...{ name: 'coach', from: 'start', retry: { attempts: 1 } },
  })
  const write = (text: string) => larder.append(Written({ text }, { metadata: { note: CANARIES.metadata } }))
  await write(CANARIES.payload)
  const refused = await write(`bad ${CANARIES.payload}`)
  await clock.advance(1000)
  refusal = { code: CANARIES.code, message: CANARIES.ruleMessage }
  await write('bad again')
  await clock.advance(1000)
  await larder.deadLetters.discard(refused.commitId, { reason: CANARIES.reason })
  await clock.advance(1000)
  server.instead = () => answer(503, { code: CANARIES.code, message: CANARIES.serverMessage })
  const pending = await write('pending')
  await clock.advance(180_000)

  const bundle = await larder.supportBundle()
  const text = JSON.stringify(bundle)
  for (const [what, canary] of Object.entries(CANARIES)) expect([what, text.includes(canary)]).toEqual([what, false])
  for (const id of [pending.commitId, ...pending.eventIds, refused.commitId]) expect(text).not.toContain(id)
  expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
  expect(JSON.parse(text)).toMatchObject({
    kind: 'larder-support-bundle',
    version: 1,
    versions: { larder: VERSION, protocol: 1, domain: 'support 1', serverDomain: 'support 1' },
    storage: { mode: 'memory' },
    log: { authority: 'server', head: 1, pulledTo: 1, pending: { unsent: 1 } },
    sync: { state: 'backoff', pending: 1, leader: true, problem: 'other' },
    stalled: { reason: 'other' },
    deadLetters: { total: 2, byReason: { other: 1, 'handler-failed': 1 }, byKind: { commit: 1, handler: 1 } },
    projections: { faulted: ['broken'] },
    damaged: 0,
  })
  expect(bundle.problems.length).toBeGreaterThan(3)
  expect(new Set(bundle.problems.map(({ code }) => code))).toEqual(new Set(['other']))
  expect(bundle.metrics.metrics.length).toBeGreaterThan(3)
  await larder.close()
  await expect(larder.supportBundle()).rejects.toMatchObject({ code: 'closed' })
})

it('a version of the server that looks like none is not passed on', async () => {
  const clock = new VirtualClock()
  const server = new SyncServer()
  server.domain = defineDomain({ version: 'of ann@example.com', events: [Written] })
  const larder = await openLarderInline(domain, {
    ...{ name: 'notes', platform: new VirtualMachine(1, clock).openTab() },
    sync: { transport: server.transport(), auth: async () => 'token' },
  })
  await clock.advance(1000)
  expect((await larder.supportBundle()).versions).toMatchObject({ domain: 'support 1', serverDomain: 'other' })
  await larder.close()
})

it('the version that it tells is that of the package', () => {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  expect(JSON.parse(file)).toMatchObject({ version: VERSION })
})
