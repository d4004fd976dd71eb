import type { Client } from '../client/client.ts'
import type { LettersPart } from '../engine/export-letters.ts'

/** See `LarderDeadLetters.export`. A part is asked for when the one before has been taken. */
export function exportDeadLetters(client: Client): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  let place: LettersPart['next']
  return new ReadableStream(
    {
      pull: async (controller) => {
        let part: LettersPart
        // A part without a line would leave whoever reads without an answer.
        do {
          part = await client.call((api) => api.exportDeadLetters(place), { repeats: true })
          place = part.next
        } while (part.text === '' && place !== undefined)
        if (part.text !== '') controller.enqueue(encoder.encode(part.text))
        if (place === undefined) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
