import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** A promise that IndexedDB does not know, awaited inside a transaction: by the time it is settled, the transaction may have committed. */
interface ForeignAwait {
  readonly file: string
  readonly line: number
  readonly text: string
}

export interface AwaitsReport {
  /** How many functions run inside a transaction. */
  readonly scopes: number
  /** How many awaits those have. */
  readonly awaits: number
  readonly foreign: readonly ForeignAwait[]
}

/** Parameters and fields of these types are a transaction. */
const TRANSACTION_TYPES = new Set(['StorageTransaction', 'IDBTransaction'])
/** Functions that give a transaction to the function that they are given. */
const OPENERS = new Set(['transact', '#transact', 'transition', 'read'])

/** @param besides what is left out, by its path below `folder` */
export function findForeignAwaits(root: string, folder: string, besides: readonly string[] = []): AwaitsReport {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !besides.some((path) => name.startsWith(path)),
  )
  const reports = files.map((name) => {
    const file = join(folder, name)
    return foreignAwaitsIn(file, readFileSync(join(root, file), 'utf8'))
  })
  return {
    scopes: reports.reduce((sum, { scopes }) => sum + scopes, 0),
    awaits: reports.reduce((sum, { awaits }) => sum + awaits, 0),
    foreign: reports.flatMap(({ foreign }) => foreign),
  }
}

/** Looks at the text alone: what is awaited has to be made from the transaction, by name. */
export function foreignAwaitsIn(file: string, text: string): AwaitsReport {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const foreign: ForeignAwait[] = []
  let scopes = 0
  let awaits = 0

  const report = (node: ts.Node) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
    foreign.push({ file, line, text: node.getText().replaceAll(/\s+/g, ' ').slice(0, 120) })
  }

  /** `own` are the names that stand for the transaction, or for what was made from it; undefined outside of any. */
  const visit = (node: ts.Node, own: Set<string> | undefined): void => {
    if (ts.isClassDeclaration(node)) {
      const fields = node.members.filter(ts.isPropertyDeclaration).filter(({ type }) => isTransaction(type))
      const names = fields.map(({ name }) => `this.${name.getText()}`)
      const inside = names.length === 0 ? own : new Set([...(own ?? []), ...names, ...methodsOf(node)])
      ts.forEachChild(node, (child) => visit(child, inside))
      return
    }
    if (ts.isFunctionLike(node)) {
      const given = node.parameters.filter(
        (each, index) =>
          isTransaction(each.type) ||
          (index === 0 && isWork(node)) ||
          (own !== undefined && isOfTheSameClass(node, each)),
      )
      const names = given.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []))
      const inside = names.length === 0 && own === undefined ? undefined : new Set([...(own ?? []), ...names])
      if (inside !== undefined) scopes++
      ts.forEachChild(node, (child) => visit(child, inside))
      return
    }
    if (own !== undefined) {
      if (ts.isVariableDeclaration(node) && node.initializer !== undefined && mentions(node.initializer, own))
        for (const name of namesIn(node.name)) own.add(name)
      if (ts.isAwaitExpression(node)) {
        awaits++
        for (const part of partsOf(node.expression)) if (!mentions(part, own)) report(part)
      }
      if (ts.isForOfStatement(node) && node.awaitModifier !== undefined && !mentions(node.expression, own))
        report(node.expression)
    }
    ts.forEachChild(node, (child) => visit(child, own))
  }
  visit(source, undefined)
  return { scopes, awaits, foreign }
}

function isTransaction(type: ts.TypeNode | undefined): boolean {
  return type !== undefined && ts.isTypeReferenceNode(type) && TRANSACTION_TYPES.has(type.typeName.getText())
}

/** Whether it is what an opener is given to run. */
function isWork(node: ts.SignatureDeclaration): boolean {
  if (!ts.isArrowFunction(node) || !ts.isCallExpression(node.parent)) return false
  const called = node.parent.expression
  return ts.isPropertyAccessExpression(called) && OPENERS.has(called.name.getText())
}

/** What a private method is given to call comes from a method beside it, where it is looked at itself. */
function isOfTheSameClass(node: ts.SignatureDeclaration, { type }: ts.ParameterDeclaration): boolean {
  return (
    ts.isMethodDeclaration(node) &&
    ts.isPrivateIdentifier(node.name) &&
    type !== undefined &&
    ts.isFunctionTypeNode(type)
  )
}

function methodsOf(node: ts.ClassDeclaration): string[] {
  return node.members.filter(ts.isMethodDeclaration).map(({ name }) => `this.${name.getText()}`)
}

/** The members of `Promise.all([…])` count each by itself. */
function partsOf(awaited: ts.Expression): readonly ts.Expression[] {
  if (!ts.isCallExpression(awaited) || !awaited.expression.getText().startsWith('Promise.')) return [awaited]
  const [list] = awaited.arguments
  return list !== undefined && ts.isArrayLiteralExpression(list) ? list.elements : [awaited]
}

/** What was awaited is a value like any other, even if it came from the transaction; in a function within, awaits are looked at by themselves. */
function mentions(node: ts.Node, own: ReadonlySet<string>, isWithin = false): boolean {
  if (ts.isAwaitExpression(node) && !isWithin) return false
  if (ts.isIdentifier(node) && own.has(node.text)) return true
  if (ts.isPropertyAccessExpression(node) && own.has(node.getText())) return true
  const within = isWithin || ts.isFunctionLike(node)
  return ts.forEachChild(node, (child) => mentions(child, own, within) || undefined) ?? false
}

function namesIn(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((each) => (ts.isBindingElement(each) ? namesIn(each.name) : []))
}
