import type { Transport, TransportResponse } from '../../platform/ports.ts'
import { failureOf } from './failure-of.ts'
import type { TestRunner } from './test-runner.ts'

export interface ServedRequest {
  readonly path: string
  readonly body: string
  readonly token: string | undefined
}

/** A server, and the way to it. */
export interface TransportPlace {
  readonly transport: Transport
  /** From now on, posts are answered so; `'lost'`: the connection fails. A handler that never settles is a server that hangs. */
  answer(handler: (request: ServedRequest) => Promise<Omit<TransportResponse, 'redirected'> | 'lost'>): void
  /** From now on, streams are refused with this status. */
  refuseStreams(status: number): void
  /** Tells everybody who listens. `undefined`: a heartbeat. */
  poke(data: string | undefined): void
  close(): Promise<void>
}

const never = new AbortController().signal

/** What every `Transport` has to do: pass on what was said, tell an answer from none, and end when it is told to. */
export function transportContract(
  { describe, it, expect }: TestRunner,
  name: string,
  newPlace: () => Promise<TransportPlace>,
): void {
  const withPlace = (work: (place: TransportPlace) => Promise<void>) => async (): Promise<void> => {
    const place = await newPlace()
    try {
      await work(place)
    } finally {
      await place.close()
    }
  }

  describe(`transport contract: ${name}`, () => {
    it(
      'takes body and token there, and status, headers and body back, as they are',
      withPlace(async ({ transport, answer }) => {
        const seen: ServedRequest[] = []
        answer(async (request) => {
          seen.push(request)
          return {
            status: 200,
            headers: { 'content-type': 'application/json', 'retry-after': '7' },
            body: '{"é":"😀"}',
          }
        })
        const body = JSON.stringify({ text: 'épinards 😀', long: 'x'.repeat(50_000) })
        const answered = await transport.post({ path: 'exchange', body, token: 'secret', signal: never })
        await transport.post({ path: 'exchange', body: '{}', token: undefined, signal: never })
        expect(seen).toEqual([
          { path: 'exchange', body, token: 'secret' },
          { path: 'exchange', body: '{}', token: undefined },
        ])
        expect([answered.status, answered.body, answered.headers['retry-after'], answered.redirected]).toEqual([
          ...[200, '{"é":"😀"}', '7', false],
        ])
      }),
    )

    it(
      'resolves with every answer, whatever its status, and with a body that is no JSON',
      withPlace(async ({ transport, answer }) => {
        for (const status of [400, 401, 404, 409, 413, 429, 500, 503]) {
          answer(async () => ({ status, headers: {}, body: '<h1>' }))
          const answered = await transport.post({ path: 'exchange', body: '{}', token: undefined, signal: never })
          expect([answered.status, answered.body]).toEqual([status, '<h1>'])
        }
      }),
    )

    it(
      'rejects when no answer came',
      withPlace(async ({ transport, answer }) => {
        answer(async () => 'lost')
        const failure = await failureOf(
          transport.post({ path: 'exchange', body: '{}', token: undefined, signal: never }),
        )
        expect(failure instanceof Error).toBe(true)
      }),
    )

    it(
      'gives up when it is told to, also before it began',
      withPlace(async ({ transport, answer }) => {
        let arrived = (): void => undefined
        const arrives = new Promise<void>((resolve) => {
          arrived = resolve
        })
        answer(() => {
          arrived()
          return new Promise(() => undefined)
        })
        const patience = new AbortController()
        const request = { path: 'exchange', body: '{}', token: undefined }
        const failure = failureOf(transport.post({ ...request, signal: patience.signal }))
        await arrives
        patience.abort(new Error('no patience'))
        expect((await failure) instanceof Error).toBe(true)
        expect((await failureOf(transport.post({ ...request, signal: patience.signal }))) instanceof Error).toBe(true)
      }),
    )

    it(
      'passes on what it hears, heartbeats included, and resolves when it is told to end',
      withPlace(async ({ transport, poke }) => {
        const end = new AbortController()
        const heard: (string | undefined)[] = []
        let more = (): void => undefined
        const listening = transport.listen({ path: 'live', token: 'secret', signal: end.signal }, (data) => {
          heard.push(data)
          more()
        })
        const said = [undefined, '{"head":1}', '{"head":2}']
        for (const data of said) {
          const before = heard.length
          // A stream that is just being opened hears nothing yet.
          while (heard.length === before) {
            poke(data)
            await Promise.race([
              new Promise<void>((resolve) => {
                more = resolve
              }),
              transport.post({ path: 'exchange', body: '{}', token: undefined, signal: never }),
            ])
          }
        }
        end.abort()
        expect(await listening).toBe(undefined)
        expect([...new Set(heard)]).toEqual(said)
      }),
    )

    it(
      'rejects with the status when a stream is refused',
      withPlace(async ({ transport, refuseStreams }) => {
        refuseStreams(403)
        const failure = await failureOf(
          transport.listen({ path: 'live', token: undefined, signal: never }, () => undefined),
        )
        expect(failure instanceof Error && 'status' in failure ? failure.status : failure).toBe(403)
      }),
    )
  })
}
