import { createContext, createElement, type ReactNode, useContext } from 'react'
import { argumentError } from '../errors.ts'
import type { Larder } from '../reactive/larder.ts'

const LarderContext = createContext<Larder | undefined>(undefined)

export interface LarderProviderProps {
  /** The open store that the hooks below read. The provider neither opens nor closes it. */
  readonly larder: Larder
  readonly children?: ReactNode
}

/** Gives an open store to every hook of this entry that is called below it. */
export function LarderProvider({ larder, children }: LarderProviderProps): ReactNode {
  return createElement(LarderContext.Provider, { value: larder }, children)
}

/**
 * The store of the nearest {@link LarderProvider}.
 *
 * @throws LarderError `argument` when there is no provider above
 */
export function useLarder(): Larder {
  const larder = useContext(LarderContext)
  if (larder === undefined) {
    throw argumentError(
      'larder',
      'No store was provided: wrap the app in <LarderProvider larder={await openLarder(…)}>',
    )
  }
  return larder
}
