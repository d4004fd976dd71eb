import { expect } from 'vitest'
import { type ExchangeAnswer, type ExchangeContext, exchange } from '../../../server/core/exchange.ts'
import { MemoryServerLog } from '../../../server/core/memory-server-log.ts'
import {
  type ExchangeRequest,
  type ExchangeResponse,
  exchangeResponse,
  type WireCommit,
  type WireProblem,
  type WireVerdict,
  wireProblem,
} from '../../../src/sync/wire.ts'
import { counting } from './counting.ts'
import { notes } from './notes.ts'
import { NOW, request } from './requests.ts'

export interface CoreServer {
  readonly log: MemoryServerLog
  /** The whole answer; every body is checked against the wire's schemas. */
  send(change: Partial<ExchangeRequest>): Promise<ExchangeAnswer>
  /** Expects 200. */
  ok(change: Partial<ExchangeRequest>): Promise<ExchangeResponse>
  /** Expects anything else. */
  problem(change: Partial<ExchangeRequest>): Promise<WireProblem & { status: number }>
  /** Pushes commits from an up-to-date device; answers the verdicts. */
  push(...commits: readonly WireCommit[]): Promise<readonly WireVerdict[]>
  /** The ids of all accepted commits, in order. */
  stored(): Promise<readonly string[]>
}

/** The server's core on a log in memory. Requests and answers go through JSON, as they do over the wire. */
export function coreServer(change: Partial<ExchangeContext> = {}, log = memoryLog()): CoreServer {
  const context: ExchangeContext = {
    log,
    account: 'ann',
    catalog: notes.catalog,
    domainVersion: notes.version,
    rules: [],
    now: () => NOW,
    ...change,
  }
  const send = async (changed: Partial<ExchangeRequest>): Promise<ExchangeAnswer> => {
    const answer = await exchange(JSON.parse(JSON.stringify(request(changed))), context)
    if (answer.status === 200) exchangeResponse.parse(answer.body)
    else wireProblem.parse(answer.body)
    return answer
  }
  const ok = async (changed: Partial<ExchangeRequest>): Promise<ExchangeResponse> => {
    const answer = await send(changed)
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body.code}`)
    return answer.body
  }
  return {
    log,
    send,
    ok,
    problem: async (changed) => {
      const answer = await send(changed)
      expect(answer.status).not.toBe(200)
      return { status: answer.status, ...wireProblem.parse(answer.body) }
    },
    push: async (...commits) => (await ok({ commits: [...commits] })).verdicts,
    stored: () =>
      context.log.transact(context.account, async (tx) => {
        const commits = await tx.read(0, { events: 1e6, units: 1e9 })
        return commits.map((commit) => commit.id)
      }),
  }
}

export function memoryLog(): MemoryServerLog {
  return new MemoryServerLog({ newEpoch: counting('epoch') })
}
