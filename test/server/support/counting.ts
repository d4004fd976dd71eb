/** Texts that differ: `n-1`, `n-2`, … */
export function counting(prefix: string): () => string {
  let n = 0
  return () => `${prefix}-${++n}`
}
