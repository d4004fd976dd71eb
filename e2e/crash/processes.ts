import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Sends SIGKILL to a process, or to a group if the number is negative; whether there was one. */
function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}

/** Processes of a group that still run; a zombie, which only waits for its parent, does not. None where there is no /proc. */
function runningIn(group: number): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      // After the name in brackets, which may hold anything: state, parent, group, session.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [state, , pgrp, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const isOurs = Number(pgrp) === group || Number(session) === group
      return isOurs && state !== 'Z' && state !== 'X' ? [Number(name)] : []
    } catch {
      return []
    }
  })
}

/** SIGKILLs a process group, at once; {@link whenGroupEnded} says when nothing of it runs any more. */
export function killGroup(group: number): void {
  kill(-group)
}

/** Kills also what of the session has moved to a group of its own. Rejects when something survives for five seconds. */
export async function whenGroupEnded(group: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const left = runningIn(group)
    if (left.length === 0) return
    for (const pid of left) kill(pid)
    await delay(10)
  }
  throw new Error(`Processes of group ${group} do not end: ${runningIn(group).join(', ')}`)
}
