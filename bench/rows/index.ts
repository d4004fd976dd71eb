import type { Row } from '../harness/row.ts'
import { appendBatch, appendBatchStreams } from './append-batch.ts'
import { appendConcurrent, appendOne } from './append-one.ts'
import { appendToView } from './append-to-view.ts'
import { bundle } from './bundle.ts'
import { longTasks } from './long-tasks.ts'
import { memory } from './memory.ts'
import { millionMemory, millionOpenWarm, millionPage } from './million.ts'
import { openCold, openWarm } from './open.ts'
import { readStream, readStreamInterleaved } from './read-stream.ts'
import { rebase } from './rebase.ts'
import { rebuild } from './rebuild.ts'
import { replay, replayCompacted } from './replay.ts'
import { sizeOnDisk } from './size-on-disk.ts'
import { syncDrain } from './sync-drain.ts'
import { tabs } from './tabs.ts'

/** In the order in which they are measured: those that fill logs come before those that read them. */
export const rows: readonly Row[] = [
  appendBatch,
  appendBatchStreams,
  appendOne,
  appendConcurrent,
  appendToView,
  replay,
  replayCompacted,
  openWarm,
  openCold,
  rebuild,
  readStream,
  readStreamInterleaved,
  sizeOnDisk,
  longTasks,
  tabs,
  memory,
  bundle,
  syncDrain,
  rebase,
]

/** On a log of a million events, of Larder alone. */
export const millionRows: readonly Row[] = [millionOpenWarm, millionPage, millionMemory]
