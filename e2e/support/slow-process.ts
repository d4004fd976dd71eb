import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

/** ms of one turn of stopping and going on: short beside all that is measured. */
const TURN_MS = 12

/** Stops the processes for most of every turn. Sleeps in a thread of its own, whose sleep ends on time. */
const script = `
  const { workerData: { pids, runMs, stopMs, gate } } = require('node:worker_threads')
  const nap = new Int32Array(new SharedArrayBuffer(4))
  const signal = (name) => { for (const pid of pids) try { process.kill(pid, name) } catch {} }
  while (Atomics.load(gate, 0) === 0) {
    signal('SIGSTOP')
    Atomics.wait(nap, 0, 0, stopMs)
    signal('SIGCONT')
    Atomics.wait(nap, 0, 0, runMs)
  }
`

/**
 * Makes whole processes, with all their threads, as many times slower. The DevTools protocol can do that to a page only, and refuses workers.
 * Call what it answers, whatever happens: a process that is left stopped never ends by itself.
 */
export async function slowDown(pids: readonly number[], times: number): Promise<() => Promise<void>> {
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const runMs = TURN_MS / times
  const worker = new Worker(script, { eval: true, workerData: { pids, runMs, stopMs: TURN_MS - runMs, gate } })
  await new Promise<void>((resolve) => worker.once('online', () => resolve()))
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  return () => {
    Atomics.store(gate, 0, 1)
    return ended
  }
}

/** For which part of the time a process is stopped, from 0 to 1, as looking at it now and then shows. Needs Linux's /proc. */
export async function shareStopped(pid: number, looks = 50): Promise<number> {
  let stopped = 0
  for (let look = 0; look < looks; look++) {
    // Of no length that could keep step with the turns.
    await delay(3 + Math.random() * 10)
    if (/^\d+ \(.*\) T/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) stopped++
  }
  return stopped / looks
}
