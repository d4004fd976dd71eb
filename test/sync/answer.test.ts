import { describe, expect, it } from 'vitest'
import { type Answer, readAnswer, unreachable } from '../../src/sync/answer.ts'
import { answer, emptyResponse, pulled } from '../support/sync-server.ts'
import { NOON } from '../support/virtual-clock.ts'

const problem = (code: string) => JSON.stringify({ code, message: 'A sentence' })
const html = '<html>Sign in to Hotel Wi-Fi</html>'
const ours = emptyResponse()

type Row = readonly [status: number, body: string, kind: Answer['kind'], code: string]

/** Every status that a server, or something before it, has been seen to answer: with our body, with another, and with none. */
const rows: readonly Row[] = [
  [400, problem('request-invalid'), 'refused', 'request-invalid'],
  [400, html, 'offline', 'status-400'],
  [401, problem('token-expired'), 'unauthenticated', 'token-expired'],
  [401, html, 'unauthenticated', 'status-401'],
  [403, problem('no'), 'forbidden', 'no'],
  [403, html, 'forbidden', 'status-403'],
  [408, '', 'later', 'status-408'],
  [409, problem('log-diverged'), 'diverged', 'log-diverged'],
  [409, problem('device-forked'), 'forked', 'device-forked'],
  [409, problem('something-else'), 'offline', 'status-409'],
  [409, html, 'offline', 'status-409'],
  [413, problem('too-many-commits'), 'too-large', 'too-many-commits'],
  [413, html, 'too-large', 'status-413'],
  [422, problem('request-invalid'), 'refused', 'request-invalid'],
  [422, html, 'offline', 'status-422'],
  [425, '', 'later', 'status-425'],
  [426, problem('protocol-version'), 'update-required', 'protocol-version'],
  [426, '', 'update-required', 'status-426'],
  [429, html, 'later', 'status-429'],
  [500, problem('internal'), 'later', 'internal'],
  [502, html, 'later', 'status-502'],
  [503, '', 'later', 'status-503'],
  [504, html, 'later', 'status-504'],
  [511, html, 'offline', 'not-our-server'],
  [511, JSON.stringify(ours), 'offline', 'not-our-server'],
]

describe('C48: what an answer means', () => {
  it('is verdicts only for a 200 with a body of ours', () => {
    expect(readAnswer(answer(200, ours), NOON)).toEqual({ kind: 'verdicts', response: ours })
  })

  it.each(rows)('%i with %.30s is %s', (status, body, kind, code) => {
    expect(readAnswer(answer(status, body), NOON)).toMatchObject({ kind, problem: { code } })
  })

  it.each([
    ['a page for signing in', html],
    ['nothing', ''],
    ['null', 'null'],
    ['JSON of another shape', '{"ok":true}'],
    ['our body cut off', JSON.stringify(ours).slice(0, -5)],
    ['another protocol', { ...ours, protocol: 2 }],
    ['no verdicts', { ...ours, verdicts: undefined }],
    ['an unknown verdict', { ...ours, verdicts: [{ id: pulled(1, 1).id, status: 'perhaps' }] }],
    ['a verdict without its position', { ...ours, verdicts: [{ id: pulled(1, 1).id, status: 'accepted' }] }],
    ['a commit without events that is no echo', { ...ours, commits: [{ ...pulled(1, 1), events: undefined }] }],
    ['a commit with no events', { ...ours, commits: [{ ...pulled(1, 1), events: [] }] }],
    ['a position that is no number', { ...ours, cursor: { ...ours.cursor, position: '3' } }],
    ['a negative position', { ...ours, cursor: { ...ours.cursor, position: -1 } }],
    ['an unsafe position', { ...ours, head: 2 ** 53 }],
  ])('C50: is a stranger’s for a 200 with %s: nothing is acknowledged', (_, body) => {
    expect(readAnswer(answer(200, body), NOON)).toMatchObject({ kind: 'offline', problem: { code: 'not-our-server' } })
  })

  it.each([200, 201, 204, 301, 302, 303, 304, 307, 308, 400, 403, 404, 500])(
    'is a stranger’s when %i came from another origin',
    (status) => {
      const redirected = { ...answer(status, ours), redirected: true }
      expect(readAnswer(redirected, NOON)).toMatchObject({ kind: 'offline', problem: { code: 'not-our-server' } })
    },
  )

  it('is never an acknowledgement for any other status, even with a body of ours', () => {
    for (let status = 100; status < 600; status++) {
      if (status === 200) continue
      for (const body of [JSON.stringify(ours), problem('x'), html, ''])
        expect(readAnswer(answer(status, body), NOON).kind).not.toBe('verdicts')
    }
  })

  it('is later with the wait that the server asked for', () => {
    expect(readAnswer(answer(503, '', { 'retry-after': '7' }), NOON)).toMatchObject({ retryAfterMs: 7000 })
    expect(readAnswer(answer(503, '', { 'retry-after': '-7' }), NOON)).toMatchObject({ retryAfterMs: 0 })
  })

  it('is offline where none came, and says nothing of the error’s text', () => {
    expect(unreachable(new TypeError('secret'))).toEqual({
      kind: 'offline',
      problem: { code: 'unreachable', message: 'The server cannot be reached (TypeError)' },
    })
    expect(unreachable('secret')).toMatchObject({ kind: 'offline' })
  })
})

describe('a body of ours', () => {
  it('is kept as it came: what a newer peer adds to an event is not lost', () => {
    const [event] = (pulled(1, 1) as { events: object[] }).events
    const commit = { ...pulled(1, 1), events: [{ ...event, codec: 'new', metadata: { z: 1, a: [2] } }] }
    const read = readAnswer(answer(200, { ...ours, commits: [commit], extra: 1 }), NOON)
    expect(read.kind === 'verdicts' && JSON.stringify(read.response.commits)).toBe(JSON.stringify([commit]))
  })
})
