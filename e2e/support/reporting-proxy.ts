import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

const REPORTS = '/policy-reports'

/** The same server behind an address that collects what breaks its Content-Security-Policy. */
export interface ReportingProxy {
  readonly origin: string
  /** What the browser reported so far: which directive, what was blocked, in which page or worker. */
  readonly violations: readonly string[]
  stop(): Promise<void>
}

/**
 * Passes everything through, and adds to every policy where to report. So the browser itself tells of violations in pages and in workers alike,
 * also of those that happen before a test could listen.
 */
export async function startReportingProxy(target: string): Promise<ReportingProxy> {
  const violations: string[] = []
  const server = createServer((incoming, answer) => {
    if (incoming.url === REPORTS) void collect(incoming, answer, violations)
    else pass(target, incoming, answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return {
    origin: `http://localhost:${address.port}`,
    violations,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function pass(target: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, headers, url = '/' } = incoming
  const outgoing = request(new URL(url, target), { method, headers }, (response) => {
    const policy = response.headers['content-security-policy']
    const added = policy === undefined ? {} : { 'content-security-policy': `${policy}; report-uri ${REPORTS}` }
    answer.writeHead(response.statusCode ?? 502, { ...response.headers, ...added })
    response.pipe(answer)
  })
  outgoing.on('error', () => answer.destroy())
  answer.on('close', () => outgoing.destroy())
  incoming.pipe(outgoing)
}

async function collect(incoming: IncomingMessage, answer: ServerResponse, violations: string[]): Promise<void> {
  let text = ''
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk
  const { 'csp-report': report } = JSON.parse(text)
  violations.push(`${report['effective-directive']} blocked ${report['blocked-uri']} in ${report['document-uri']}`)
  answer.writeHead(204).end()
}
