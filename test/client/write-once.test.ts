import { expect, it } from 'vitest'
import { crashedError } from '../../src/client/call-errors.ts'
import { writeOnce } from '../../src/client/write-once.ts'
import { LarderError } from '../../src/errors.ts'

it.each(['closed', 'storage-timeout', 'storage-unavailable'] as const)(
  'a worker that died may have stored it, though the next one says %s',
  async (code) => {
    const ends = [crashedError(true), new LarderError(code, 'Nothing was stored', {} as never)]
    const asked: boolean[] = []
    const written = writeOnce('c1', false, async (lookUp) => {
      asked.push(lookUp)
      throw ends.shift()
    })
    await expect(written).rejects.toMatchObject({
      code: 'worker-crashed',
      details: { outcome: 'unknown', commitId: 'c1' },
    })
    expect(asked).toEqual([false, true])
  },
)

it('what the next one has looked up is told as it is', async () => {
  const ends = [crashedError(true), new LarderError('storage-full', 'There is no room', {} as never)]
  const written = writeOnce('c1', false, async () => {
    throw ends.shift()
  })
  await expect(written).rejects.toMatchObject({ code: 'storage-full' })
})
