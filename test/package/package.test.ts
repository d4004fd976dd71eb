import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../run/find-browser.ts'
import { createScratchApp, repository, type ScratchApp, type Served } from './scratch-app.ts'

let app: ScratchApp
let browser: Browser

beforeAll(async () => {
  const { executablePath, args } = await findBrowser()
  browser = await chromium.launch({ executablePath, args: [...args] })
  app = await createScratchApp()
})

afterAll(async () => {
  await browser?.close()
  app?.remove()
})

const tool = (path: string) => join(repository, 'node_modules', path)

describe('the packed tarball', () => {
  it('holds the build, its description and nothing else', () => {
    const other = app.packed.filter((path) => !/^(dist\/[\w.-]+\.(js|d\.ts)(\.map)?|package\.json)$/.test(path))
    expect(other.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md'])
  })

  it('runs nothing when it is installed', async () => {
    const scripts = await app.run(
      'npm',
      'pkg',
      'get',
      'scripts',
      '--prefix',
      join(app.folder, 'node_modules/@larder/sdk'),
    )
    expect(scripts).not.toMatch(/"(preinstall|install|postinstall|prepare)"/)
  })

  it('satisfies publint', async () => {
    expect(await app.run(process.execPath, tool('publint/src/cli.js'), app.tarball, '--strict')).toContain('All good')
  })

  it('has types that every resolver of ES modules finds', async () => {
    await app.run(process.execPath, tool('@arethetypeswrong/cli/dist/index.js'), app.tarball, '--profile', 'esm-only')
  })
})

describe('an app outside the repository', () => {
  it('type-checks, the declarations of the package included', async () => {
    await app.run(process.execPath, tool('typescript/bin/tsc'), '-p', '.')
  })

  it.each(['@larder/sdk', '@larder/sdk/domain', '@larder/sdk/inline', '@larder/sdk/nutrition', '@larder/sdk/testing'])(
    'can import %s in Node, where there is no browser',
    async (entry) => {
      await app.run(process.execPath, '--input-type=module', '--eval', `await import('${entry}')`)
    },
  )

  it('is tested with the kit, outside of any test runner', async () => {
    const run = `import { runnerImport } from 'vite'; await runnerImport('./src/meals.test.ts')`
    await app.run(process.execPath, '--input-type=module', '--eval', run)
  })

  it('works from `vite build`', async () => {
    await app.run(process.execPath, 'node_modules/vite/bin/vite.js', 'build')
    await logsMeals(await app.serve('preview'))
  })

  it('works in `vite dev` with a cold cache and no configuration', async () => {
    await logsMeals(await app.serve('dev'))
  })
})

/** Logs a meal, sees it, and sees it again after a reload: it was stored, and not only shown. */
async function logsMeals(server: Served): Promise<void> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    await page.goto(server.url)
    await sees(page, '0 meals, 0 kcal')
    await page.click('#log')
    await sees(page, '1 meals, 100 kcal')
    await page.reload()
    await sees(page, '1 meals, 100 kcal')
    await page.click('#log')
    await sees(page, '2 meals, 200 kcal')
    expect(problems).toEqual([])
  } finally {
    await context.close()
    await server.stop()
  }
}

async function sees(page: Page, text: string): Promise<void> {
  const shown = page
    .locator('#state', { hasText: text })
    .or(page.locator('#problem', { hasText: /./ }))
    .first()
  await shown.waitFor({ timeout: 20_000 })
  expect(await page.locator('#problem').textContent()).toBe('')
  expect(await page.locator('#state').textContent()).toBe(text)
}
