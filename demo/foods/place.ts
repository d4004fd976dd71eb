/**
 * Where a word stands, in one number: in which food (below 2²³), whether in its title, whether it is the title's noun, and how much it counts
 * there, 0–100.
 */
export function packPlace(food: number, inTitle: boolean, isNoun: boolean, weight: number): number {
  return ((food << 9) | (inTitle ? 256 : 0) | (isNoun ? 128 : 0) | weight) >>> 0
}

export function foodAt(place: number): number {
  return place >>> 9
}

export function isInTitle(place: number): boolean {
  return (place & 256) !== 0
}

export function isNoun(place: number): boolean {
  return (place & 128) !== 0
}

/** 0–1. */
export function weightAt(place: number): number {
  return (place & 127) / 100
}
