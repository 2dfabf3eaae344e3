// questdb_npm.mjs MODULES CONFIGURATION TABLE: writes three rows with npm's @questdb/nodejs-client. Run by questdb_npm_test.py.
import {createRequire} from 'node:module'

const [modules, configuration, table] = process.argv.slice(2)
const {Sender} = createRequire(`${modules}/`)('@questdb/nodejs-client')
const sender = await Sender.fromConfig(configuration)
if (configuration.startsWith('tcp')) await sender.connect()
for (let i = 0; i < 3; i++)
  await sender.table(table).symbol('team', 'ml, res=earch').floatColumn('usd', 3.5 + i).intColumn('n', 4 + i).booleanColumn('ok', i % 2 === 0)
    .stringColumn('s', 'a "q" \\ b').timestampColumn('ts', 1700000000000000n, 'us').at(1700000000000000n + BigInt(i), 'us')
await sender.flush()
await sender.close()
