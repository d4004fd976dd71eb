/**
 * Fields that events share. Schemas of whole events are `z.lazy`: they are made when the first event is checked, and a worker that only folds checks none.
 * So an app opens sooner, the more so on a phone.
 */
import { z } from 'zod'

/** Ids become part of a stream's name, so they take only what a stream's name may hold. */
export const Id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/,
    "an id is 1 to 100 letters, digits, '.', '_', ':' and '-', and starts with a letter or digit",
  )

/** A calendar day where the person is, as `2026-11-23`. Not an instant: breakfast stays on its day when they travel. */
export const Day = z.iso.date()

export const Text = z.string().trim().min(1).max(200)
export const Grams = z.number().nonnegative()
