import type { Channel } from '../../../platform/ports.ts'
import type { Prng } from '../../chance/prng.ts'
import type { Actor } from './actor.ts'
import type { FaultCounts } from './fault-counts.ts'

export interface SimChannelOptions {
  readonly prng: Prng
  readonly counts: FaultCounts
  /** The longest that a message takes, in virtual ms. Default 5. */
  readonly maxDelayMs?: number
  /** How likely a message is lost for a receiver. Default 0. */
  readonly loss?: number
}

interface Member {
  readonly actor: Actor
  readonly listeners: Set<(message: unknown) => void>
  /** When the last message to it arrives: none overtakes another. */
  lastArrival: number
}

/** The BroadcastChannels of one device. A message reaches all others of the same name, in order, unless it is lost. */
export class SimChannels {
  readonly #options: SimChannelOptions
  readonly #members = new Map<string, Set<Member>>()
  /** Like the option; may change while the world runs. */
  loss: number

  constructor(options: SimChannelOptions) {
    this.#options = options
    this.loss = options.loss ?? 0
  }

  open(actor: Actor, name: string): Channel {
    const member: Member = { actor, listeners: new Set(), lastArrival: 0 }
    const members = this.#members.get(name) ?? new Set()
    this.#members.set(name, members)
    members.add(member)
    const leave = (): void => {
      members.delete(member)
    }
    actor.onKill(leave)
    return {
      post: (message) => {
        if (actor.isAlive && members.has(member)) this.#post(member, members, message)
      },
      subscribe: (listener) => {
        member.listeners.add(listener)
        return () => member.listeners.delete(listener)
      },
      close: leave,
    }
  }

  #post(sender: Member, members: ReadonlySet<Member>, message: unknown): void {
    const { prng, counts, maxDelayMs = 5 } = this.#options
    for (const receiver of members) {
      if (receiver === sender) continue
      if (prng.chance(this.loss)) {
        counts.add('message-lost')
        continue
      }
      const copy: unknown = structuredClone(message)
      const { now } = receiver.actor.scheduler
      receiver.lastArrival = Math.max(receiver.lastArrival, now + prng.between(0, maxDelayMs))
      const deliver = (): void => {
        if (!members.has(receiver)) return
        for (const listener of receiver.listeners) listener(copy)
      }
      receiver.actor.after(receiver.lastArrival - now, deliver, 'message')
    }
  }
}
