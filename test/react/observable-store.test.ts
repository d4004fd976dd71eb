import { BehaviorSubject, Observable, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { observableStore } from '../../src/react/observable-store.ts'

/** An observable that counts its subscribers. */
function counted<T>(source: Observable<T>) {
  const count = { now: 0, ever: 0 }
  const observable = new Observable<T>((subscriber) => {
    count.now += 1
    count.ever += 1
    const subscription = source.subscribe(subscriber)
    return () => {
      count.now -= 1
      subscription.unsubscribe()
    }
  })
  return { observable, count }
}

describe('the store behind a hook', () => {
  test('subscribes with the first listener, and lets go with the last', () => {
    const { observable, count } = counted(new Subject<number>())
    const store = observableStore(observable)
    expect(count.ever).toBe(0)
    const leaveFirst = store.subscribe(() => {})
    const leaveSecond = store.subscribe(() => {})
    expect(count).toEqual({ now: 1, ever: 1 })
    leaveFirst()
    expect(count.now).toBe(1)
    leaveSecond()
    expect(count.now).toBe(0)
  })

  test('has the value of an observable that speaks at once as soon as it is listened to', () => {
    const store = observableStore(new BehaviorSubject(7))
    expect(store.getSnapshot()).toBeUndefined()
    let heard = 0
    store.subscribe(() => {
      heard += 1
    })
    expect(store.getSnapshot()).toBe(7)
    expect(heard).toBe(1)
  })

  test('keeps its value while nobody listens, so that mounting twice does not fall back to loading', () => {
    const source = new Subject<number>()
    const store = observableStore(source)
    const leave = store.subscribe(() => {})
    source.next(1)
    leave()
    source.next(2)
    expect(store.getSnapshot()).toBe(1)
    store.subscribe(() => {})
    source.next(3)
    expect(store.getSnapshot()).toBe(3)
  })

  test('says nothing when the value is the one that it has', () => {
    const source = new Subject<object>()
    const store = observableStore(source)
    let heard = 0
    store.subscribe(() => {
      heard += 1
    })
    const value = {}
    source.next(value)
    source.next(value)
    expect(heard).toBe(1)
  })

  test('hears a listener that leaves while it is told, and tells the others', () => {
    const source = new Subject<number>()
    const store = observableStore(source)
    const heard: string[] = []
    const leave = store.subscribe(() => {
      heard.push('first')
      leave()
    })
    store.subscribe(() => heard.push('second'))
    source.next(1)
    source.next(2)
    expect(heard).toEqual(['first', 'second', 'second'])
  })

  test('forgets one of two times that the same function listens', () => {
    const source = new Subject<number>()
    const store = observableStore(source)
    let heard = 0
    const listener = () => {
      heard += 1
    }
    const leave = store.subscribe(listener)
    store.subscribe(listener)
    leave()
    source.next(1)
    expect(heard).toBe(1)
  })

  test('throws what the observable ended with, to whoever looks', () => {
    const source = new Subject<number>()
    const store = observableStore(source)
    store.subscribe(() => {})
    source.next(1)
    source.error(new Error('the worker is gone'))
    expect(() => store.getSnapshot()).toThrow('the worker is gone')
  })
})
