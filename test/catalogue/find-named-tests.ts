import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { idsAtStart, type NamedTest, type Place } from './catalogue.ts'

const RUNNERS = new Set(['it', 'test', 'describe'])
/** What makes a test not run, or not count. */
const HOLDS_BACK = new Set(['skip', 'skipIf', 'runIf', 'todo', 'fixme', 'fails', 'fail', 'only'])

/** Every test in the files of this repository that is named after a row and runs. */
export function findNamedTests(root: string): readonly NamedTest[] {
  const files = (folder: string, suffix: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(suffix))
      .map((name) => join(root, folder, name))
  return [
    ...files('test', '.test.ts').flatMap((file) =>
      namedTestsIn(readFileSync(file, 'utf8'), file.endsWith('.browser.test.ts') ? 'browser' : 'unit'),
    ),
    ...files('e2e', '.spec.ts').flatMap((file) => namedTestsIn(readFileSync(file, 'utf8'), 'e2e')),
    ...files('e2e', '.slow.ts').flatMap((file) => namedTestsIn(readFileSync(file, 'utf8'), 'slow')),
  ]
}

/** Reads the source: a name counts up to its first placeholder. */
export function namedTestsIn(text: string, place: Place): readonly NamedTest[] {
  const source = ts.createSourceFile('tests.ts', text, ts.ScriptTarget.Latest, true)
  const found: NamedTest[] = []
  const visitAll = (node: ts.Node, ids: readonly string[]) => ts.forEachChild(node, (child) => visit(child, ids))
  const visit = (node: ts.Node, ids: readonly string[]): void => {
    const call = ts.isCallExpression(node) ? readCall(node) : undefined
    const own = [...ids, ...idsAtStart(call?.name ?? '')]
    if (call === undefined || (call.runner === 'describe' && !call.isHeldBack)) visitAll(node, own)
    else if (own.length > 0 && !call.isHeldBack && !holdsItselfBack(node)) found.push({ place, ids: own })
  }
  visit(source, [])
  return found
}

/** `it('…')`, `test.describe('…')`, `it.each(rows)('…')`; undefined for anything else. */
function readCall(node: ts.CallExpression) {
  const [first] = node.arguments
  if (first === undefined || node.arguments.length < 2) return undefined
  const words = wordsOf(node.expression)
  const [runner] = words
  if (runner === undefined || !RUNNERS.has(runner) || !isName(first)) return undefined
  return {
    name: ts.isTemplateExpression(first) ? first.head.text : first.text,
    runner: words.includes('describe') ? ('describe' as const) : ('test' as const),
    isHeldBack: words.some((word) => HOLDS_BACK.has(word)),
  }
}

function isName(node: ts.Node): node is ts.StringLiteralLike | ts.TemplateExpression {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
}

function wordsOf(node: ts.Expression): readonly string[] {
  if (ts.isIdentifier(node)) return [node.text]
  if (ts.isPropertyAccessExpression(node)) return [...wordsOf(node.expression), node.name.text]
  return ts.isCallExpression(node) || ts.isTaggedTemplateExpression(node)
    ? wordsOf(ts.isCallExpression(node) ? node.expression : node.tag)
    : []
}

/** `test.skip(…)` in the body of a test, or the same of its context. */
function holdsItselfBack(node: ts.Node): boolean {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression
    const isRunner = ts.isIdentifier(expression) && /^(it|test|t|ctx|context)$/.test(expression.text)
    if (isRunner && HOLDS_BACK.has(name.text)) return true
  }
  return ts.forEachChild(node, (child) => holdsItselfBack(child) || undefined) ?? false
}
