import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/**
 * Finds what the linter cannot say: the clock and the dice reached through `Date` and `Math`, and any name of the
 * machine reached through `globalThis`, `self` or `window`. Only src/platform may do that, so that everything else
 * runs in the simulation, unchanged, under virtual time.
 */
export interface MachineName {
  readonly file: string
  readonly line: number
  readonly name: string
}

const folders = ['src', 'worker', 'server'] as const
const allowed = `src${sep}platform${sep}`
const globals = new Set(['globalThis', 'self', 'window'])
const members: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Date', new Set(['now'])],
  ['Math', new Set(['random'])],
])
const machine = new Set([
  'BroadcastChannel',
  'Date',
  'EventSource',
  'WebSocket',
  'XMLHttpRequest',
  'cancelAnimationFrame',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'fetch',
  'indexedDB',
  'localStorage',
  'navigator',
  'performance',
  'requestAnimationFrame',
  'requestIdleCallback',
  'sessionStorage',
  'setImmediate',
  'setInterval',
  'setTimeout',
])

/** The one place where a name is at home outside of src/platform: the folder whose purpose it is. */
function isHome(file: string, name: string): boolean {
  return name === 'globalThis.indexedDB' && file.includes(['storage', 'dexie', ''].join(sep))
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) {
    return 'new Date()'
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()'
  const member = memberOf(node)
  if (member === undefined) return undefined
  const [object, property] = member
  if (members.get(object)?.has(property) || (globals.has(object) && machine.has(property)))
    return `${object}.${property}`
  return undefined
}

function memberOf(node: ts.Node): readonly [object: string, property: string] | undefined {
  if (ts.isPropertyAccessExpression(node)) return [node.expression.getText(), node.name.text]
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return [node.expression.getText(), node.argumentExpression.text]
  }
  return undefined
}

/** The machine's names in one file's text. Comments and strings do not count. */
export function machineNamesIn(file: string, text: string): readonly MachineName[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)
  const found: MachineName[] = []
  const visit = (node: ts.Node): void => {
    const name = nameOf(node)
    if (name !== undefined && !isHome(file, name)) {
      found.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, name })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function sourceFiles(folder: string): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name))
    .sort()
}

/** Scans `src`, `worker` and `server` below `root`. */
export function machineNames(root: string): { readonly files: number; readonly found: readonly MachineName[] } {
  const files = folders
    .flatMap((folder) => sourceFiles(join(root, folder)))
    .filter((file) => !relative(root, file).startsWith(allowed))
  return { files: files.length, found: files.flatMap((file) => machineNamesIn(file, readFileSync(file, 'utf8'))) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const { files, found } = machineNames(root)
  for (const { file, line, name } of found) {
    console.error(`${relative(root, file)}:${line} names ${name}: take the port from src/platform as an argument`)
  }
  console.log(`machine names: ${files} files, ${found.length} found outside src/platform`)
  process.exitCode = found.length > 0 || files === 0 ? 1 : 0
}
