import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storageContract } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'
import { fileStorage } from './file-storage.ts'

storageContract({ describe, it, expect }, 'a log in one file', () => {
  const open = fileStorage(mkdtempSync(join(tmpdir(), 'log-')))
  return { open: () => open('log') }
})
