/**
 * One push-and-pull round trip, whole: the sync handler wraps it in HTTP, and the simulator calls it as it is.
 *
 * ```ts
 * const log = new MemoryServerLog({ newEpoch: () => ids.next() })
 * const { status, body } = await exchange(JSON.parse(requestText), {
 *   log, account: 'user-123', catalog: domain.catalog, domainVersion: domain.version, rules, now: () => clock.now(),
 * })
 * ```
 *
 * `body` in is what `JSON.parse` gave (shape unchecked, depth bounded by the caller); `body` out is ready for `JSON.stringify`.
 */
import type { Logger } from '../../src/platform/ports.ts'
import {
  type ExchangeRequest,
  type ExchangeResponse,
  exchangeRequest,
  PROTOCOL_VERSION,
  type WireProblem,
  type WireVerdict,
} from '../../src/sync/wire.ts'
import type { Definitions } from './check-events.ts'
import { type CommitFromDevice, judgeBatch } from './judge.ts'
import { EXCHANGE_LIMITS, type ExchangeLimits } from './limits.ts'
import { isOtherProtocol, UPDATE } from './protocol.ts'
import { pullPage } from './pull-page.ts'
import { checkPlace } from './restore.ts'
import type { Rule } from './rules.ts'
import type { LogTransaction, ServerLog } from './server-log.ts'

export interface ExchangeContext {
  readonly log: ServerLog
  /** From the verified token; the request has no say in it. */
  readonly account: string
  /** `'blind-relay'`: types and the shape of payloads are not looked at, and events of every app version pass. */
  readonly catalog: Definitions
  readonly domainVersion: string
  readonly rules: readonly Rule[]
  /** ms since 1970. Read once, under the account's lock. */
  readonly now: () => number
  readonly logger?: Logger
  /** Default {@link EXCHANGE_LIMITS}. */
  readonly limits?: ExchangeLimits
}

export type ExchangeAnswer =
  | { readonly status: 200; readonly body: ExchangeResponse }
  | { readonly status: 409 | 413 | 422 | 426; readonly body: WireProblem }

type Problem = Exclude<ExchangeAnswer, { status: 200 }>

/** Judges what a device pushes and answers what it lacks, in one transaction. Rejects only when the log does: then nothing happened. */
export async function exchange(body: unknown, context: ExchangeContext): Promise<ExchangeAnswer> {
  const limits = context.limits ?? EXCHANGE_LIMITS
  if (!isExchangeRequest(body)) return wrongShape(body)
  if (body.commits.length > limits.commits) {
    return problem(413, 'too-many-commits', `A request carries at most ${limits.commits} commits; send fewer at a time`)
  }
  if ((body.marks?.length ?? 0) > limits.marks) {
    return problem(422, 'request-invalid', `A request shows at most ${limits.marks} marks`)
  }
  return context.log.transact(context.account, async (log) => {
    const place = await checkPlace(body, log)
    if (place !== undefined) return { status: 409, body: place }
    const commits = body.commits.map((commit) => ({ ...commit, device: commit.device ?? body.device }))
    if (await isForked(commits, log)) {
      return problem(
        409,
        'device-forked',
        'Another installation uses this device id: take a new one, and new seqs for what is not accepted yet',
      )
    }
    const verdicts = [
      ...(await withdraw(body.withdraw, log)),
      ...(await judgeBatch(commits, log, judgeContext(context))),
    ]
    const page = await pullPage(body, echoable(body, verdicts), log, limits)
    return {
      status: 200,
      body: {
        protocol: PROTOCOL_VERSION,
        domain: context.domainVersion,
        limits: { commits: limits.commits, bytes: limits.bytes },
        verdicts,
        ...page,
      },
    }
  })
}

/** A check and not a parse: the parsed copy would have lost unknown fields, and with them what a newer peer sent. */
function isExchangeRequest(body: unknown): body is ExchangeRequest {
  return exchangeRequest.safeParse(body).success
}

function wrongShape(body: unknown): Problem {
  if (isOtherProtocol(body)) return problem(426, 'protocol-version', UPDATE)
  const issue = exchangeRequest.safeParse(body).error?.issues[0]
  return problem(
    422,
    'request-invalid',
    `The request does not fit the protocol at '${issue?.path.map(String).join('.') ?? ''}'`,
  )
}

function judgeContext({ account, catalog, rules, now, logger }: ExchangeContext): Parameters<typeof judgeBatch>[2] {
  const time = now()
  return { account, definitions: catalog, rules, now: time, receivedAt: new Date(time).toISOString(), logger }
}

/** Whether some (device, seq) belongs to another commit, in the log or in this request. Looked at before any commit is judged. */
async function isForked(commits: readonly CommitFromDevice[], log: LogTransaction): Promise<boolean> {
  for (const device of new Set(commits.map((commit) => commit.device))) {
    const made = commits.filter((commit) => commit.device === device)
    const owners = new Map(await log.seqOwners(device, [...new Set(made.map(({ seq }) => seq))]))
    for (const { id, seq } of made) {
      const owner = owners.get(seq)
      if (owner !== undefined && owner !== id) return true
      owners.set(seq, id)
    }
  }
  return false
}

async function withdraw(ids: readonly string[], log: LogTransaction): Promise<WireVerdict[]> {
  const accepted = await log.commits(ids)
  await log.withdraw(ids.filter((id) => !accepted.has(id)))
  return ids.map((id) => {
    const late = accepted.get(id)
    return late === undefined ? { id, status: 'withdrawn' } : { id, status: 'duplicate', position: late.position }
  })
}

/** Commits that the device need not be sent, because it sent them: never one whose id it used for another body. */
function echoable(request: ExchangeRequest, verdicts: readonly WireVerdict[]): ReadonlySet<string> {
  if (!request.echo) return new Set()
  const sent = new Set(request.commits.map((commit) => commit.id))
  const same = verdicts.filter((verdict) => verdict.status === 'accepted' || verdict.status === 'duplicate')
  return new Set(same.map((verdict) => verdict.id).filter((id) => sent.has(id)))
}

function problem(status: Problem['status'], code: string, message: string): Problem {
  return { status, body: { code, message } }
}
