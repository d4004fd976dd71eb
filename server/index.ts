/**
 * The sync server: a handler of the fetch API, the log that it writes to, and what a backend says about commits. Runs beside any framework.
 *
 * @packageDocumentation
 */
export { isLarderError, LarderError } from '../src/errors.ts'
export { type Authenticate, type Authenticated, bearerToken } from './authenticate.ts'
export { SERVER_DEVICE, type ServerReceipt } from './core/append-from-server.ts'
export {
  type DeadLetterReports,
  type KeptDeadLetter,
  MemoryDeadLetterReports,
  type ReportedDeadLetter,
} from './core/dead-letter-reports.ts'
export { MemoryServerLog, type MemoryServerLogOptions } from './core/memory-server-log.ts'
export {
  type CommitToJudge,
  type ReadStreamOptions,
  type Refusal,
  type Rule,
  type RuleContext,
  refuseCommit,
} from './core/rules.ts'
export type {
  CommitEntry,
  CommitToAppend,
  EventToAppend,
  LogCommit,
  LogPoint,
  LogTransaction,
  PageBounds,
  ServerLog,
} from './core/server-log.ts'
export { type DevelopmentTokensOptions, developmentTokens } from './development-tokens.ts'
export { LibsqlServerLog, type LibsqlServerLogOptions, openLibsqlServerLog } from './libsql-server-log.ts'
export type { RuleLimits } from './limit-rules.ts'
export { BODY_LIMITS, type BodyLimits } from './read-body.ts'
export { createSyncHandler, type SyncHandler, type SyncHandlerOptions } from './sync-handler.ts'
