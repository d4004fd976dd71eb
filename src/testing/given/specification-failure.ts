/** What was expected did not come. The message says what was, what came, and where they differ. */
export class SpecificationFailure extends Error {
  override readonly name = 'SpecificationFailure'
}

/** @param told lines for a person, below the first */
export function specificationFailure(sentence: string, told: readonly string[], cause?: unknown): SpecificationFailure {
  const message = [sentence, ...told.map((line) => `  ${line}`)].join('\n')
  return new SpecificationFailure(message, cause === undefined ? undefined : { cause })
}
