import { fileURLToPath } from 'node:url'
import { runSession } from './session.ts'
import { slowStages } from './slow-stages.ts'

/** `npm run test:slow`: the long simulation, the planted bugs and the crash harness. */
const root = fileURLToPath(new URL('../..', import.meta.url))

await runSession(root, slowStages(root), 1)
