import { argumentError } from '../../errors.ts'
import type { NewEvent } from '../../event/recorded-event.ts'
import type { Domain } from '../../projection/define-domain.ts'
import type { KeyedProjection, SingleProjection } from '../../projection/define-projection.ts'
import {
  type AggregateGivenOptions,
  type AggregateToSpecify,
  type GivenAggregate,
  type SubjectTypes,
  specifyAggregate,
} from './aggregate-specification.ts'
import { givenEvents } from './given-events.ts'
import { type GivenKeyed, type GivenSingle, specifyKeyed, specifySingle } from './projection-specification.ts'

/** What has happened, and to what. */
export interface Given {
  <S>(projection: SingleProjection<S>, events: readonly NewEvent[]): GivenSingle<S>
  <S>(projection: KeyedProjection<S>, events: readonly NewEvent[]): GivenKeyed<S>
  <T extends SubjectTypes>(
    aggregate: AggregateToSpecify<T>,
    events: readonly NewEvent[],
    options?: AggregateGivenOptions,
  ): GivenAggregate<T>
}

/**
 * Sentences about a domain, in any test runner: what does not hold throws an error that says what was expected, what came, and where they differ. Nothing is
 * stored, and no time passes.
 *
 * ```ts
 * const given = specify(nutrition)
 * given(user, [UserRegistered({ … })]).when('setGoal', { calories: 2000 }).then([NutritionGoalSet({ … })])
 * given(user, []).when('setGoal', { calories: 2000 }).thenRefused('not-registered')
 * given(dailyIntake, [MealLogged({ … }), MealRemoved({ … })]).thenState('2026-11-23', { meals: {} })
 * ```
 *
 * - What is given, and what a command makes, is checked like an append: type, schema, payload, stream. An event of an older version,
 *   `{ type: 'MealLogged', version: 1, data: { … } }`, is upcast as it would be in the log.
 * - Functions get frozen values: one that changes its state or event throws here.
 * - `evolve` and `decide` run twice: one that answers something else the second time is not pure, and fails.
 *
 * @throws LarderError what `append` throws of what is given; `argument` for a projection that the domain does not have
 */
export function specify(domain: Domain): Given {
  function given<S>(projection: SingleProjection<S>, events: readonly NewEvent[]): GivenSingle<S>
  function given<S>(projection: KeyedProjection<S>, events: readonly NewEvent[]): GivenKeyed<S>
  function given<T extends SubjectTypes>(
    aggregate: AggregateToSpecify<T>,
    events: readonly NewEvent[],
    options?: AggregateGivenOptions,
  ): GivenAggregate<T>
  function given(
    subject: SingleProjection<unknown> | KeyedProjection<unknown> | AggregateToSpecify<SubjectTypes>,
    events: readonly NewEvent[],
    options?: AggregateGivenOptions,
  ): GivenSingle<unknown> | GivenKeyed<unknown> | GivenAggregate<SubjectTypes> {
    if (subject.kind === 'aggregate') return specifyAggregate(domain, subject, events, options)
    if (!domain.projections.has(subject.name))
      throw argumentError(
        'projection',
        `Projection ${subject.name} is not in this domain: list it in defineDomain({ projections })`,
      )
    const read = givenEvents(domain, events)
    return subject.kind === 'single' ? specifySingle(subject, read) : specifyKeyed(subject, read)
  }
  return given
}
