/** A code block of the model document, under the headings that it stands below. */
export interface CodeBlock {
  /** From the section down, as in `['Event Sourcing']` or `['Quick Start', '1. Basic Event Publishing']`. */
  readonly headings: readonly string[]
  readonly language: string
  readonly code: string
}

/** Words that stand in front of a parenthesis and are the language's, not the model's. */
const PYTHON = new Set(
  'and as assert async await class def elif else except for from hasattr if import in isinstance lambda len not or pass print property raise return self super timedelta try while with yield'.split(
    ' ',
  ),
)
/** Of Python's own library. */
const LIBRARY = new Set(['Any', 'Dict', 'Exception', 'List', 'None', 'datetime', 'now', 'days'])

export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  const headings: string[] = []
  let open: { language: string; lines: string[] } | undefined
  for (const line of markdown.split('\n')) {
    const fence = /^```(\w*)/.exec(line)
    if (open !== undefined) {
      if (fence === null) open.lines.push(line)
      else {
        blocks.push({ headings: headings.slice(), language: open.language, code: open.lines.join('\n') })
        open = undefined
      }
      continue
    }
    if (fence !== null) open = { language: fence[1] ?? '', lines: [] }
    const heading = /^(#{2,3}) (.+)$/.exec(line)
    if (heading !== null) headings.splice((heading[1]?.length ?? 2) - 2, 2, heading[2] ?? '')
  }
  return blocks
}

/** Classes that the text lists outside of its blocks: `- **MealLogged**: User logs a meal`. */
export function listedNames(markdown: string): Set<string> {
  return new Set(Array.from(markdown.matchAll(/^- \*\*([A-Z]\w*[a-z][A-Z]\w*)\*\*:/gm), ([, name = '']) => name))
}

/** What the text calls by a name of its own making, and nobody else uses. */
export const LOCAL_NAMES: ReadonlySet<string> = new Set(
  'dispatcher welcome_handler profile_handler user_event meal_plan_event goal_event sourcing user loaded_user store events user_events recent_events timeline dlq failed_events retry_events failed_event stats recent_meals user_timeline bus event event_data kwargs str'.split(
    ' ',
  ),
)

/** Identifiers of a block of Python that are neither names of the model nor of Python nor local: none, if nothing was missed. */
export function unnamedIn(block: CodeBlock): string[] {
  if (block.language !== 'python') return []
  const text = block.code
    .replace(/#.*$/gm, '')
    .replace(/^from [\w.]+ import/gm, '')
    .replace(/f?"[^"]*"|'[^']*'/g, '')
  const known = [namesIn(block), PYTHON, LIBRARY, LOCAL_NAMES]
  return Array.from(text.matchAll(/[A-Za-z_]\w*/g), ([word]) => word).filter(
    (word) => !known.some((each) => each.has(word)),
  )
}

/** Every class, function, attribute and option that a block of Python uses or defines, but those of the language and its library. */
export function namesIn({ language, code }: CodeBlock): Set<string> {
  // A command names what it runs: `test_events.py::TestEventBus`.
  if (language === 'bash') return new Set(Array.from(code.matchAll(/::(\w+)/g), ([, name = '']) => name))
  if (language !== 'python') return new Set()
  const text = code
    .replace(/#.*$/gm, '')
    // What an f-string prints is code; other strings are not, but for the keys of what was asked.
    .replace(/f"([^"]*)"/g, (_, inner: string) =>
      Array.from(inner.matchAll(/\{([^{}]*)\}/g), ([, each]) => each).join(' ; '),
    )
    .replace(/(?<=\w)\[['"](\w+)['"]\]/g, '.$1')
    .replace(/"[^"]*"\s*:/g, ':')
    .replace(/"[^"]*"|'[^']*'/g, '""')
  const imports = /^from ([\w.]+) import (?:\(([^)]*)\)|([^\n]*))$/gm
  const imported = Array.from(text.matchAll(imports)).flatMap(([, module = '', many, one = '']) =>
    module.startsWith('packages.') ? (many ?? one).split(',') : [],
  )
  const body = text.replace(imports, '')
  const found = [
    ...imported.map((name) => name.trim()),
    // Classes, calls, and what is defined.
    ...Array.from(body.matchAll(/\b([A-Z]\w*[a-z]\w*)\b/g), ([, name]) => name),
    ...Array.from(body.matchAll(/\b([a-z_]\w*)\(/g), ([, name]) => name),
    // Options and fields that are given by name.
    ...Array.from(body.matchAll(/[(,]\s*([a-z_]\w*)=(?!=)/g), ([, name]) => name),
    // Attributes.
    ...Array.from(body.matchAll(/\.([a-z_]\w*)\b/g), ([, name]) => name),
    ...Array.from(body.matchAll(/\bdef (\w+)/g), ([, name]) => name),
  ]
  return new Set(
    found.filter(
      (name): name is string => name !== undefined && /^\w+$/.test(name) && !PYTHON.has(name) && !LIBRARY.has(name),
    ),
  )
}
