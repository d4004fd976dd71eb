import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface FoundTest {
  /** Of the groups around it, and its own, with ` > ` in between. */
  readonly title: string
  readonly file: string
  /** What stands between the braces of its function, from the margin on. */
  readonly body: string
}

/** Every test of a folder that runs: `it` and `describe` called by these names alone, so none that is skipped, left open or meant to fail. */
export function findTests(folder: string): readonly FoundTest[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((file) => testsIn(readFileSync(join(folder, file), 'utf8'), file))
}

export function testsIn(text: string, file: string): readonly FoundTest[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: FoundTest[] = []
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) {
      // Inside of `describe.skip` and the like nothing is looked for.
      if (!isHeldBack(node)) ts.forEachChild(node, (child) => visit(child, groups))
      return
    }
    const [name, work] = node.arguments
    const { text: called } = node.expression
    if (name === undefined || work === undefined || !ts.isStringLiteralLike(name) || !ts.isArrowFunction(work)) return
    if (called === 'describe') visit(work.body, [...groups, name.text])
    else if (called === 'it' && !/\.(skip|todo|fails)\(/.test(work.getText(source)))
      found.push({ title: [...groups, name.text].join(' > '), file, body: bodyOf(work.body.getText(source)) })
  }
  visit(source, [])
  return found
}

function isHeldBack(node: ts.Node): boolean {
  return ts.isCallExpression(node) && /^(describe|it|test)\b/.test(node.expression.getText())
}

/** Without the braces, and as far to the left as it goes. */
function bodyOf(block: string): string {
  const lines = block.split('\n').slice(1, -1)
  const indent = Math.min(...lines.filter((line) => line !== '').map((line) => line.length - line.trimStart().length))
  return lines.map((line) => line.slice(indent)).join('\n')
}
