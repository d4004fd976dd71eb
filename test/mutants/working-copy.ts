import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What every working copy holds; a target names what it needs besides. */
const ALWAYS = ['src', 'server', 'package.json', 'tsconfig.json']

export interface CommandOutcome {
  readonly code: number
  readonly output: string
}

/** The sources in a folder of their own, where they can be broken without harm. Dependencies are shared. */
export class WorkingCopy {
  readonly folder: string

  constructor(root: string, paths: readonly string[]) {
    this.folder = mkdtempSync(join(tmpdir(), 'larder-mutant-'))
    for (const path of [...ALWAYS, ...paths]) cpSync(join(root, path), join(this.folder, path), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'))
  }

  /** Whether the patch applied as it is, without fuzz. */
  async apply(patch: string): Promise<CommandOutcome> {
    return this.run('git', ['apply', '--verbose', patch])
  }

  /** Type-checks these paths and all that they import. */
  async compile(paths: readonly string[]): Promise<CommandOutcome> {
    const config = 'tsconfig.mutant.json'
    const content = { extends: './tsconfig.json', include: paths, compilerOptions: { incremental: false } }
    writeFileSync(join(this.folder, config), JSON.stringify(content))
    return this.run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', config])
  }

  /** Runs a command in the copy. Never rejects: how it ended is for the caller to judge. */
  async run(command: string, args: readonly string[], timeoutMs = 10 * 60_000): Promise<CommandOutcome> {
    try {
      const { stdout, stderr } = await promisify(execFile)(command, args, {
        cwd: this.folder,
        timeout: timeoutMs,
        maxBuffer: 256 * 1024 * 1024,
        // The copy is no repository, and must not be taken for a part of one.
        env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
      })
      return { code: 0, output: `${stdout}${stderr}` }
    } catch (error) {
      const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }
      return { code: typeof code === 'number' ? code : -1, output: `${stdout ?? ''}${stderr ?? ''}` }
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
