import type { Connectivity } from '../../platform/ports.ts'
import type { TestRunner } from './test-runner.ts'

/** A machine's word on its network. */
export interface ConnectivityPlace {
  readonly connectivity: Connectivity
  /** Takes the network away, or gives it back. Leave out where the machine never knows: then it has to say that there is one. */
  readonly set?: (isOnline: boolean) => void
}

/** What every `Connectivity` has to do. `newPlace` answers another one each time, with a network. */
export function connectivityContract(
  { describe, it, expect }: TestRunner,
  name: string,
  newPlace: () => ConnectivityPlace,
): void {
  describe(`connectivity contract: ${name}`, () => {
    it('says that there is a network, unless it knows that there is none', async () => {
      const { connectivity, set } = newPlace()
      expect(connectivity.online()).toBe(true)
      if (set === undefined) return
      set(false)
      expect(connectivity.online()).toBe(false)
      set(true)
      expect(connectivity.online()).toBe(true)
    })

    it('tells all who listen of each change, and by then answers the same', async () => {
      const { connectivity, set } = newPlace()
      const heard: [boolean, boolean][] = []
      const stops = [1, 2].map(() =>
        connectivity.subscribe((isOnline) => heard.push([isOnline, connectivity.online()])),
      )
      expect(heard).toEqual([])
      set?.(false)
      set?.(true)
      for (const stop of stops) stop()
      const told = [
        [false, false],
        [false, false],
        [true, true],
        [true, true],
      ]
      expect(heard).toEqual(set === undefined ? [] : told)
    })

    it('tells nobody who has stopped listening, also twice, and goes on telling the others', async () => {
      const { connectivity, set } = newPlace()
      const heard: string[] = []
      const stop = connectivity.subscribe(() => heard.push('one'))
      const stopOther = connectivity.subscribe(() => heard.push('other'))
      stop()
      stop()
      set?.(false)
      stopOther()
      set?.(true)
      expect(heard).toEqual(set === undefined ? [] : ['other'])
    })
  })
}
