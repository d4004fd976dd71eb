import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/**
 * `npm run types`: what `tsc -p . && tsc -p demo` says, in two thirds of the time. What both read is read once; and with the settings of the demo nothing is
 * checked again that the first has checked and that they do not change.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
/** Sources that mean something else where React is Preact. */
const READ_AGAIN = ['src/react']

const read = new Map<string, ts.SourceFile | undefined>()

/** A host that parses each file once for all programs that parse it alike. */
function hostFor(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options, true)
  return {
    ...host,
    getSourceFile: (name, how, onError, shouldCreate) => {
      const { languageVersion, impliedNodeFormat } = typeof how === 'object' ? how : { languageVersion: how }
      const key = [name, languageVersion, impliedNodeFormat, options.jsx, options.jsxImportSource].join('\n')
      if (!read.has(key)) read.set(key, host.getSourceFile(name, how, onError, shouldCreate))
      return read.get(key)
    },
  }
}

/** What is wrong with the program of a configuration: in all of its files, or in those below some folders. */
function findErrors(config: string, folders?: readonly string[]): readonly ts.Diagnostic[] {
  const broken: ts.Diagnostic[] = []
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (error: ts.Diagnostic) => void broken.push(error) }
  const parsed = ts.getParsedCommandLineOfConfigFile(join(root, config), { noEmit: true }, host)
  if (parsed === undefined) return broken
  const { fileNames: rootNames, options, errors } = parsed
  const program = ts.createProgram({ rootNames, options, host: hostFor(options), configFileParsingDiagnostics: errors })
  if (folders === undefined) return ts.getPreEmitDiagnostics(program)
  const own = program.getSourceFiles().filter(({ fileName }) => {
    const path = relative(root, fileName).split(sep).join('/')
    return folders.some((folder) => path.startsWith(`${folder}/`))
  })
  if (own.length === 0) throw new Error(`${config} has no files.`)
  return [
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...own.flatMap((file) => ts.getPreEmitDiagnostics(program, file)),
  ]
}

const errors = [
  ...findErrors('tsconfig.json'),
  ...findErrors('demo/tsconfig.json', ['demo', 'test/demo', ...READ_AGAIN]),
]
const unique = ts.sortAndDeduplicateDiagnostics(errors)
if (unique.length > 0) {
  const format = {
    getCanonicalFileName: (name: string) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  }
  console.error(ts.formatDiagnosticsWithColorAndContext(unique, format))
}
console.log(`types: ${unique.length} errors`)
process.exitCode = unique.length > 0 ? 1 : 0
