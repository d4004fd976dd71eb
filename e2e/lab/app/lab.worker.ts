import { exposeLarder } from '@larder/sdk/worker'
import { notes } from '../notes.ts'
import { type Fault, plantFault } from './plant-fault.ts'

const fault = new URLSearchParams(location.search).get('fault')
// The page's words, and the page is ours.
plantFault(fault === null ? undefined : (fault as Fault))
exposeLarder(notes)

const BEAT_MS = 10
const beats = { last: performance.now(), longestMs: 0 }
function beat(): void {
  const now = performance.now()
  beats.longestMs = Math.max(beats.longestMs, now - beats.last)
  beats.last = now
}
setInterval(beat, BEAT_MS)
/** The longest time, in ms, for which this worker did not come round to anything else, since it was last asked: over the DevTools protocol. */
Object.assign(globalThis, {
  takeLongestSilence() {
    beat()
    const { longestMs } = beats
    beats.longestMs = 0
    return longestMs
  },
})
