import { describe, expect, it } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { TokenSource, TokenUnavailable } from '../../src/sync/token-source.ts'
import { failureOf } from '../support/failure.ts'
import { settled } from '../support/virtual-clock.ts'

const never = new AbortController().signal

describe('a source of tokens', () => {
  it('asks the app once for all who want one', async () => {
    let asked = 0
    const source = new TokenSource(async () => `token ${++asked}`)
    expect(await Promise.all([source.get(never), source.get(never), source.get(never)])).toEqual(
      Array(3).fill('token 1'),
    )
    source.expire()
    expect(await Promise.all([source.get(never), source.get(never)])).toEqual(Array(2).fill('token 2'))
  })

  it.each<[string, () => Promise<string | undefined>]>([
    ['answers nothing', async () => undefined],
    ['answers an empty text', async () => ''],
    // As an app that is not type-checked may.
    ['answers null', async () => null as unknown as undefined],
    ['says auth-required', () => Promise.reject(new LarderError('auth-required', 'Signed out', {}))],
  ])('takes an app that %s for signed out, and asks again the next time', async (_, answer) => {
    let asked = 0
    const source = new TokenSource(() => (++asked === 1 ? answer() : Promise.resolve('token')))
    expect(await failureOf(() => source.get(never))).toMatchObject({ code: 'auth-required' })
    expect(await source.get(never)).toBe('token')
  })

  it.each<[string, () => Promise<string>]>([
    ['rejects', () => Promise.reject(new TypeError('Failed to fetch'))],
    [
      'throws at once',
      () => {
        throw new TypeError('Failed to fetch')
      },
    ],
  ])('takes an app that %s for one that cannot say now, and asks again the next time', async (_, answer) => {
    let asked = 0
    const source = new TokenSource(() => (++asked === 1 ? answer() : Promise.resolve('token')))
    const error = await source.get(never).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TokenUnavailable)
    expect(error).toMatchObject({ cause: { message: 'Failed to fetch' } })
    expect(await source.get(never)).toBe('token')
  })

  it('does not wait for an app that never answers, and asks it anew', async () => {
    let asked = 0
    const source = new TokenSource(() => (++asked === 1 ? new Promise(() => undefined) : Promise.resolve('token')))
    const deadline = new AbortController()
    const waiting = source.get(deadline.signal).catch((thrown: unknown) => thrown)
    deadline.abort()
    expect(await waiting).toBeInstanceOf(TokenUnavailable)
    expect(await source.get(never)).toBe('token')
  })

  it('forgets a token that was refused, and not the one that has come after it', async () => {
    let asked = 0
    const source = new TokenSource(async () => `token ${++asked}`)
    const first = await source.get(never)
    source.expire(first)
    expect(await source.get(never)).toBe('token 2')
    source.expire(first)
    expect([await source.get(never), asked]).toEqual(['token 2', 2])
  })

  it('knows the token that it gives from the late answer to a question that was given up', async () => {
    const answers: ((token: string) => void)[] = []
    const source = new TokenSource(() => new Promise((resolve) => answers.push(resolve)))
    const deadline = new AbortController()
    const first = source.get(deadline.signal).catch((thrown: unknown) => thrown)
    deadline.abort()
    expect(await first).toBeInstanceOf(TokenUnavailable)
    const second = source.get(never)
    answers[1]?.('token 2')
    expect(await second).toBe('token 2')
    answers[0]?.('token 1')
    await settled()
    source.expire('token 2')
    const third = source.get(never)
    answers[2]?.('token 3')
    expect([await third, answers.length]).toEqual(['token 3', 3])
  })

  it('has nothing to give where none is needed', async () => {
    const source = new TokenSource(undefined)
    expect(await source.get(never)).toBeUndefined()
    expect(source.expire()).toBe(false)
  })
})
