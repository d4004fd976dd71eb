/** The kit's clock, under the names of before. */
export { nextTurn as settled } from '../../src/platform/next-turn.ts'
export { ManualClock as VirtualClock, TEST_START as NOON } from '../../src/testing/time/manual-clock.ts'
