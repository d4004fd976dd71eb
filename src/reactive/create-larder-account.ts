import type { Client } from '../client/client.ts'
import { argumentError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'
import { checkObject } from './check-options.ts'
import { exportBackup } from './export-backup.ts'
import type { LarderAccount, SignedOut, SignOutOptions } from './larder-account.ts'

/** @param close ends the page's side as well */
export function createLarderAccount(client: Client, close: () => Promise<void>): LarderAccount {
  const destroy = async (mayLose: Parameters<Parameters<Parameters<typeof client.call>[0]>[0]['destroy']>[0]) => {
    await client.call((api) => api.destroy(mayLose), { extraMs: Infinity })
    await close()
  }
  return {
    claim: async (account) => {
      if (typeof account !== 'string' || account === '')
        throw argumentError('account', `account is the account's name, as in openLarder; got ${showValue(account)}`)
      return client.call((api) => api.claim(account), { extraMs: Infinity, repeats: true })
    },
    signOut: async (options = {}) => {
      checkSignOut(options)
      return signOut(client, options, { close, destroy })
    },
    destroy: async (options = {}) => {
      checkObject('options', options)
      await destroy(options.discardUnsynced === true ? 'everything' : 'nothing')
    },
  }
}

async function signOut(
  client: Client,
  { unsynced: policy, save }: SignOutOptions,
  {
    close,
    destroy,
  }: { close: () => Promise<void>; destroy: (mayLose: 'nothing' | 'everything' | { asOf: string }) => Promise<void> },
): Promise<SignedOut> {
  const { pending, deadLetters, asOf } = await client.call((api) => api.unsynced(), {
    extraMs: Infinity,
    repeats: true,
  })
  const isSynced = pending + deadLetters === 0
  if (isSynced || policy === undefined || policy === 'discard') {
    await destroy(policy === 'discard' ? 'everything' : 'nothing')
    return { backup: undefined, destroyed: true }
  }
  const backup = policy === 'export' ? await new Response(exportBackup(client, 'unsynced')).blob() : undefined
  if (backup === undefined || save === undefined) {
    await close()
    return { backup, destroyed: false }
  }
  await save(backup)
  // What was appended since is not in the file.
  await destroy({ asOf })
  return { backup, destroyed: true }
}

function checkSignOut(options: SignOutOptions): void {
  checkObject('options', options)
  const { unsynced, save } = options
  if (unsynced !== undefined && !['keep', 'export', 'discard'].includes(unsynced))
    throw argumentError(
      'unsynced',
      `unsynced is 'keep', 'export' or 'discard', or left out; got ${showValue(unsynced)}`,
    )
  if (save === undefined) return
  if (typeof save !== 'function') throw argumentError('save', `save is a function, or left out; got ${showValue(save)}`)
  if (unsynced !== 'export') throw argumentError('save', `save goes with unsynced: 'export'`)
}
