import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '../..')

/** Something generic that an entry of the package shows: a function, a type, or a method of one. */
export interface PublicGeneric {
  /** `defineEvent`, `EventsQuery`, `Larder.view`. */
  readonly name: string
  readonly kind: 'function' | 'type'
  /** The most that one of its declarations has. */
  readonly parameters: number
  /** Whether code of a type test refers to it, which an import alone does not. */
  readonly isTested: boolean
}

/** The sources of the entries that the package exports. */
export function entriesOf(packageJson: string): readonly string[] {
  const { exports } = JSON.parse(readFileSync(join(root, packageJson), 'utf8')) as {
    exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  }
  return Object.values(exports).flatMap((each) => (typeof each === 'string' ? [] : (each['larder-source'] ?? [])))
}

/** Everything generic that the entries export, and every generic method of what they export: its own, inherited, and of its members. */
export function publicGenerics(entries: readonly string[]): readonly PublicGeneric[] {
  const tests = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test-d.ts'))
  const files = entries.map((entry) => join(root, entry))
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const all = [...files, ...tests.map((name) => join(import.meta.dirname, name))]
  const program = ts.createProgram(all, { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const tested = referredTo(program, tests)
  const found = new Map<string, PublicGeneric>()
  const note = (name: string, kind: PublicGeneric['kind'], declarations: readonly ts.Node[], parameters: number) => {
    const before = found.get(name)
    if (parameters === 0) return
    const isTested = before?.isTested === true || declarations.some((each) => tested.has(each))
    found.set(name, { name, kind, parameters: Math.max(before?.parameters ?? 0, parameters), isTested })
  }
  const noteCalls = (name: string, { declarations = [] }: ts.Symbol, type: ts.Type): void => {
    for (const { typeParameters = [] } of type.getCallSignatures())
      note(name, 'function', declarations, typeParameters.length)
  }
  const noteMembers = (owner: string, type: ts.Type, above: readonly ts.Type[]): void => {
    for (const member of type.getProperties()) {
      if (!isOurs(member) || isPrivate(member)) continue
      const memberType = checker.getTypeOfSymbol(member)
      noteCalls(`${owner}.${member.name}`, member, memberType)
      // `larder.bus` has methods too, whether or not its type has a name that is public.
      const { symbol } = memberType
      const isInterface = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Interface) !== 0 && isOurs(symbol)
      if (isInterface && !above.includes(memberType))
        noteMembers(`${owner}.${member.name}`, memberType, [...above, memberType])
    }
  }
  for (const exported of files.flatMap((file) => exportsOf(program, file))) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const { name } = exported
    for (const each of symbol.declarations ?? [])
      if (ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each) || ts.isClassDeclaration(each))
        note(name, 'type', [each], each.typeParameters?.length ?? 0)
    if (symbol.flags & ts.SymbolFlags.Function) noteCalls(name, symbol, checker.getTypeOfSymbol(symbol))
    if (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class)) {
      const type = checker.getDeclaredTypeOfSymbol(symbol)
      noteCalls(name, symbol, type)
      noteMembers(name, type, [type])
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function exportsOf(program: ts.Program, file: string): readonly ts.Symbol[] {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const entry = source === undefined ? undefined : checker.getSymbolAtLocation(source)
  if (entry === undefined) throw new Error(`${file} is no module`)
  return checker.getExportsOfModule(entry)
}

/** The declarations of everything that the code of these files names. */
function referredTo(program: ts.Program, files: readonly string[]): ReadonlySet<ts.Node> {
  const checker = program.getTypeChecker()
  const found = new Set<ts.Node>()
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return
    // `Larder['view']` names the method as well.
    const isName = ts.isIdentifier(node) || (ts.isStringLiteral(node) && ts.isLiteralTypeNode(node.parent))
    const symbol = isName ? checker.getSymbolAtLocation(node) : undefined
    if (symbol !== undefined) {
      const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      for (const each of meant.declarations ?? []) found.add(each)
    }
    ts.forEachChild(node, visit)
  }
  for (const file of files) {
    const source = program.getSourceFile(join(import.meta.dirname, file))
    if (source !== undefined) visit(source)
  }
  return found
}

function isOurs({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some((each) => {
    const { fileName } = each.getSourceFile()
    return fileName.startsWith(root) && !fileName.includes('/node_modules/')
  })
}

function isPrivate({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some(
    (each) => ts.isClassElement(each) && each.name !== undefined && ts.isPrivateIdentifier(each.name),
  )
}
