import type { Channel } from '../../platform/ports.ts'
import type { TestRunner } from './test-runner.ts'

/** One origin. */
export interface ChannelPlace {
  /** The channel of one more tab. */
  open(name: string): Channel
}

/** What every `Channel` has to do: carry copies to all others of its name, in order, and not back. That a message is lost is allowed; here none may be. */
export function channelContract(
  { describe, it, expect }: TestRunner,
  name: string,
  newPlace: () => ChannelPlace,
): void {
  const listen = (channel: Channel) => {
    const heard: unknown[] = []
    const waiting: { readonly count: number; readonly resolve: () => void }[] = []
    const stop = channel.subscribe((message) => {
      heard.push(message)
      for (const { count, resolve } of waiting) if (heard.length >= count) resolve()
    })
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        if (heard.length >= count) resolve()
        else waiting.push({ count, resolve })
      })
    return { heard, until, stop }
  }

  describe(`channel contract: ${name}`, () => {
    it('carries messages to all others of its name, in order, and not back', async () => {
      const place = newPlace()
      const [sender, one, two, other] = [place.open('x'), place.open('x'), place.open('x'), place.open('y')]
      const [own, first, second, strange] = [sender, one, two, other].map(listen)
      for (const n of [1, 2, 3]) sender.post({ n })
      await first?.until(3)
      await second?.until(3)
      const all = [{ n: 1 }, { n: 2 }, { n: 3 }]
      expect([own?.heard, first?.heard, second?.heard, strange?.heard]).toEqual([[], all, all, []])
      one.post('answer')
      await own?.until(1)
      expect(own?.heard).toEqual(['answer'])
      for (const channel of [sender, one, two, other]) channel.close()
    })

    it('carries copies, as they were when they were posted', async () => {
      const place = newPlace()
      const [sender, receiver] = [place.open('x'), place.open('x')]
      const { heard, until } = listen(receiver)
      const message = { list: [1], map: new Map([['a', new Uint8Array([1, 2])]]) }
      sender.post(message)
      message.list.push(2)
      await until(1)
      expect(heard).toEqual([{ list: [1], map: new Map([['a', new Uint8Array([1, 2])]]) }])
      expect(heard[0] === message).toBe(false)
      sender.close()
      receiver.close()
    })

    it('tells every listener until it has had enough', async () => {
      const place = newPlace()
      const [sender, receiver] = [place.open('x'), place.open('x')]
      const [leaving, staying] = [listen(receiver), listen(receiver)]
      sender.post(1)
      await staying.until(1)
      leaving.stop()
      sender.post(2)
      await staying.until(2)
      expect([leaving.heard, staying.heard]).toEqual([[1], [1, 2]])
      sender.close()
      receiver.close()
    })

    it('is silent once it is closed, and does not mind what is done with it then', async () => {
      const place = newPlace()
      const [sender, closed, open] = [place.open('x'), place.open('x'), place.open('x')]
      const [gone, there] = [listen(closed), listen(open)]
      closed.close()
      closed.close()
      closed.post('nobody hears this')
      sender.post(1)
      await there.until(1)
      expect([gone.heard, there.heard]).toEqual([[], [1]])
      sender.close()
      open.close()
    })
  })
}
