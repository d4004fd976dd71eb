import { isLarderError, type Larder } from '@larder/sdk'
import { Written } from '../notes.ts'
import type { Appended, LabError, ManyOptions } from './lab-page.ts'

/** All at once; those that lose against another tab again, together, behind what they were told is there. */
export async function appendMany(larder: Larder, options: ManyOptions): Promise<Appended> {
  const { stream, prefix, count, startAt, expects } = options
  const positions: (number | undefined)[] = []
  const conflicts: LabError[] = []
  const failures: LabError[] = []
  let version = 0

  const append = async (index: number, expected: number): Promise<boolean> => {
    try {
      const note = Written({ stream, text: `${prefix}${index}` })
      const receipt = await larder.append(note, expects === 'any' ? {} : { expectedVersion: expected })
      positions[index] = receipt.position
      return true
    } catch (error) {
      if (isLarderError(error, 'concurrency')) {
        conflicts.push({ code: error.code, details: error.details })
        version = Math.max(version, error.details.actual)
        return false
      }
      failures.push({ code: isLarderError(error) ? error.code : String(error), details: undefined })
      return true
    }
  }

  await new Promise((resolve) => setTimeout(resolve, startAt - Date.now()))
  const startedAt = performance.now()
  let waiting = Array.from({ length: count }, (_, index) => index)
  while (waiting.length > 0) {
    const from = version
    const done = await Promise.all(waiting.map((index, place) => append(index, from + place)))
    waiting = waiting.filter((_, place) => done[place] === false)
  }
  return { positions, conflicts, failures, durationMs: performance.now() - startedAt }
}
