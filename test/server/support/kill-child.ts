/**
 * A server process that another test kills: appends commits to a file as fast as it can, and says on its output which are acknowledged.
 * Arguments: the file, and the number of the first commit.
 */
import { exchange } from '../../../server/core/exchange.ts'
import { openLibsqlServerLog } from '../../../server/libsql-server-log.ts'
import { notes } from './notes.ts'
import { NOW, request, wireCommit, wireEvent } from './requests.ts'

const [file = '', first = '1'] = process.argv.slice(2)
const log = openLibsqlServerLog({ file })
process.stdout.write('ready\n')

for (let n = Number(first); ; n++) {
  const commits = [wireCommit(n, { events: [1, 2, 3].map((k) => wireEvent(n * 10 + k)) })]
  const context = { log, account: 'ann', catalog: notes.catalog, domainVersion: '1', rules: [], now: () => NOW }
  const answer = await exchange(request({ commits, withdraw: [] }), context)
  if (answer.status !== 200) throw new Error(answer.body.code)
  // A pipe takes this before the next commit begins, so what was said is never less than what was acknowledged to a client.
  process.stdout.write(`${n} ${answer.body.verdicts[0]?.status}\n`)
}
