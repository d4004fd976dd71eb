import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findTests, testsIn } from './find-tests.ts'
import { codeBlocks, listedNames, namesIn, unnamedIn } from './model-names.ts'
import names from './names.json'

const folder = import.meta.dirname
const model = readFileSync(join(folder, 'event-driven-architecture-system.md'), 'utf8')
const blocks = codeBlocks(model)
const tests = findTests(folder)
const titles = tests.map(({ title }) => title)

describe('the list of what the model system has', () => {
  const listed = names.map(({ name }) => name)
  const ofModel = [...new Set([...blocks.flatMap((block) => [...namesIn(block)]), ...listedNames(model)])]

  it('has every class, function and option of the document once, and none besides', () => {
    expect(ofModel.length).toBeGreaterThan(70)
    expect(listed.toSorted()).toEqual(ofModel.toSorted())
  })

  it('names a test that runs for each of them', () => {
    expect(names.filter(({ test }) => !titles.includes(test))).toEqual([])
    expect(names.filter(({ here }) => here === '')).toEqual([])
  })

  it('misses no word of the code that is neither Python nor local', () => {
    expect(blocks.flatMap(unnamedIn)).toEqual([])
  })
})

it.each(blocks.filter(({ language }) => language === 'python').map(({ headings }) => headings.join(' > ')))(
  'the example below %s is a test here',
  (heading) => {
    expect(titles.filter((title) => title === heading || title.startsWith(`${heading} > `))).not.toEqual([])
  },
)

it('a test counts only where it runs', () => {
  const found = (text: string) => testsIn(text, 'a.test.ts').map(({ title }) => title)
  expect(found("describe('a', () => { it('b', () => {\n}) })")).toEqual(['a > b'])
  expect(found("describe.skip('a', () => { it('b', () => {\n}) })")).toEqual([])
  expect(found("describe('a', () => { it.skip('b', () => {\n}); it.todo('c') })")).toEqual([])
  expect(found("it('b', ({ skip }) => {\n  context.skip()\n})")).toEqual([])
  expect(found("// it('b', () => {\n// })")).toEqual([])
})

describe('the page for people who come from Python', () => {
  const page = readFileSync(join(folder, '../../docs/from-python.md'), 'utf8')
  const shown = Array.from(page.matchAll(/^```ts\n\/\/ (\S+): (.+)\n([\s\S]*?)\n```$/gm), ([, file, title, body]) => ({
    ...{ file, title, body },
  }))

  it('shows tests that run, as they are', () => {
    expect(shown.length).toBeGreaterThan(11)
    for (const { file, title, body } of shown)
      expect(tests.find((test) => test.file === file && test.title === title)?.body).toBe(body)
  })

  it('shows every example of the model beside it', () => {
    const python = codeBlocks(page).filter(({ language }) => language === 'python')
    const inModel = blocks.filter(({ language }) => language === 'python')
    expect(python.map(({ code }) => code)).toEqual(inModel.map(({ code }) => code))
  })
})
