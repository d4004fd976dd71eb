import type { Clock } from '../platform/ports.ts'
import {
  type CheckpointHead,
  type CheckpointStorage,
  type FirstLook,
  isSameHead,
  type LoadedCheckpoint,
} from './checkpoint-storage.ts'
import type { Domain } from './define-domain.ts'

/** What nobody has asked for by then is not kept: others may have written meanwhile, and it takes memory. */
const KEPT_MS = 2000

/** What was read before anybody asked for it. */
interface Ahead {
  readonly projection: string
  readonly version: number
  readonly loaded: Promise<LoadedCheckpoint>
  /** Of what is loaded, before it is; of nothing, never. */
  readonly head: Promise<CheckpointHead>
}

/**
 * The checkpoints of a store that is being opened. That of the projection that was looked at first the last time is read at once, while the log is opened and the
 * page is told so, because in most apps it is the one that is looked at first this time.
 */
export function readCheckpointsAhead(
  storage: CheckpointStorage & FirstLook,
  domain: Pick<Domain, 'projections'>,
  clock: Clock,
): Required<CheckpointStorage> {
  const first = storage.first()
  let ahead: Promise<Ahead | undefined> | undefined = first.then((projection) => begin(storage, domain, projection))
  const drop = (): void => {
    ahead = undefined
  }
  // Whoever asks for it hears of a failure.
  ahead.catch(drop)
  const cancel = clock.after(KEPT_MS, drop)
  let isFirst = true

  return {
    check: (onHead) => {
      ahead = ahead?.then((begun) => {
        void begun?.head.then(onHead)
        return begun && { ...begun, loaded: current(storage, begun) }
      })
      ahead?.catch(drop)
    },
    load: async (projection, version, onHead) => {
      const begun = isFirst ? await ahead?.catch(() => undefined) : undefined
      if (isFirst) noteFirst(projection)
      const isAhead = ahead !== undefined && begun?.projection === projection && begun.version === version
      drop()
      const loaded = isAhead ? await begun.loaded.catch(() => undefined) : undefined
      return loaded ?? storage.load(projection, version, onHead)
    },
    save: (change) => {
      drop()
      return storage.save(change)
    },
    want: (projection, version) => {
      drop()
      return storage.want(projection, version)
    },
    forget: (projection, version) => {
      drop()
      return storage.forget(projection, version)
    },
    close: () => {
      cancel()
      drop()
      storage.close()
    },
  }

  /** A failure costs the next opening some time. */
  function noteFirst(projection: string): void {
    isFirst = false
    first.then((noted) => (noted === projection ? undefined : storage.noteFirst(projection))).catch(() => undefined)
  }
}

/** What was loaded, as it is stored now: another tab may have built it anew, or asked for that. */
async function current(storage: CheckpointStorage & FirstLook, begun: Ahead): Promise<LoadedCheckpoint> {
  const { projection, version } = begun
  const [loaded, { head, others, wanted }] = await Promise.all([begun.loaded, storage.facts(projection, version)])
  if (isSameHead(head, loaded.stored?.head)) return { stored: loaded.stored, others, wanted }
  return storage.load(projection, version)
}

function begin(
  storage: CheckpointStorage,
  { projections }: Pick<Domain, 'projections'>,
  projection: string | undefined,
): Ahead | undefined {
  const found = projection === undefined ? undefined : projections.get(projection)
  if (found === undefined) return undefined
  const { name, version } = found
  let isKnown = (_: CheckpointHead): void => undefined
  const head = new Promise<CheckpointHead>((resolve) => {
    isKnown = resolve
  })
  const loaded = storage.load(name, version, isKnown)
  loaded.catch(() => undefined)
  return { projection: name, version, loaded, head }
}
