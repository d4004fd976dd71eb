import * as z from 'zod'
import { defineDomain, defineEvent, type EventOf, EventSourcedAggregate } from '../../src/domain.ts'

export const UserRegistered = defineEvent('UserRegistered', { schema: z.object({ email: z.string() }) })
export const GoalSet = defineEvent('GoalSet', {
  schema: z.object({ goal: z.string(), target: z.number(), unit: z.string().default('kcal') }),
})

/** As people from the Python system write it. */
export class UserAggregate extends EventSourcedAggregate('user', {
  stream: (id) => `user-${id}`,
  events: [UserRegistered, GoalSet],
  snapshot: { every: 2, version: 1 },
}) {
  email = ''
  goals: Record<string, number> = {}
  units: string[] = []
  readonly describe = () => `${this.id}: ${this.email}`

  setGoal(goal: string, target: number): void {
    if (this.email === '') throw new Error('register first')
    this.apply(GoalSet({ goal, target }))
  }

  protected when(event: EventOf<typeof UserRegistered | typeof GoalSet>): void {
    switch (event.type) {
      case 'UserRegistered':
        this.email = event.data.email
        break
      case 'GoalSet':
        this.goals[event.data.goal] = event.data.target
        this.units.push(event.data.unit)
    }
  }
}

export const users = defineDomain({
  version: 'users 1',
  events: [UserRegistered, GoalSet],
  aggregates: [UserAggregate.definition],
})
