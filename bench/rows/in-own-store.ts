import type { BenchTab } from '../harness/browser.ts'
import type { EngineKey } from '../harness/engines.ts'
import type { RunContext } from '../harness/row.ts'

/** Runs `work` in a tab on storage that no other run has seen, and deletes it afterwards. */
export async function inOwnStore<T>(
  row: string,
  engine: EngineKey,
  { browser, server, run }: RunContext,
  work: (tab: BenchTab, origin: string) => Promise<T>,
): Promise<T> {
  const origin = server.originOf(`${row}-${run}`, engine)
  try {
    return await browser.withPage(origin, (tab) => work(tab, origin))
  } finally {
    await browser.clear(origin)
  }
}
