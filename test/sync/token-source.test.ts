import { describe, expect, it } from 'vitest'
import { TokenSource } from '../../src/sync/token-source.ts'
import { failureOf } from '../support/failure.ts'

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

  it('asks again after the app had none', async () => {
    let asked = 0
    const source = new TokenSource(async () => {
      if (++asked === 1) throw new Error('signed out')
      return 'token'
    })
    const error = await failureOf(() => source.get(never))
    expect(error).toMatchObject({ code: 'auth-required', cause: { message: 'signed out' } })
    expect(await source.get(never)).toBe('token')
  })

  it('takes an auth function that throws at once for one that has none', async () => {
    const source = new TokenSource(() => {
      throw new Error('signed out')
    })
    expect((await failureOf(() => source.get(never))).code).toBe('auth-required')
  })

  it('does not wait for an app that never answers', async () => {
    const source = new TokenSource(() => new Promise(() => undefined))
    const deadline = new AbortController()
    const waiting = failureOf(() => source.get(deadline.signal))
    deadline.abort()
    expect((await waiting).code).toBe('auth-required')
    expect((await failureOf(() => source.get(deadline.signal))).code).toBe('auth-required')
  })

  it('has nothing to give where none is needed', async () => {
    const source = new TokenSource(undefined)
    expect(await source.get(never)).toBeUndefined()
    expect(source.expire()).toBe(false)
  })
})
