// node_influx.mjs MODULES HOST PORT: writes with npm's influx (node-influx), reads it back, and prints as JSON what it read.
// Run by node_influx_test.py.
import {createRequire} from 'node:module'

const [modules, host, port] = process.argv.slice(2)
const Influx = createRequire(`${modules}/`)('influx')
const {FLOAT, INTEGER, STRING, BOOLEAN} = Influx.FieldType
const client = new Influx.InfluxDB({
  host, port: Number(port), database: 'centime', username: 'u', password: 'p',
  schema: [{measurement: 'usage', fields: {usd: FLOAT, n: INTEGER, s: STRING, ok: BOOLEAN}, tags: ['team']}],
})

const before = await client.getDatabaseNames()
await client.createDatabase('centime')
await client.writePoints([
  {measurement: 'usage', tags: {team: 'ml research'}, fields: {usd: 3.5, n: 4, s: 'a "q" \\ b', ok: true}, timestamp: '1700000000000000000'},
])
await client.writePoints(
  [{measurement: 'usage', tags: {team: "o'b"}, fields: {usd: 0.25, n: -1}, timestamp: 1700000001}],
  {precision: 's'}
)
let conflict = null
try {
  await client.writePoints([{measurement: 'other', fields: {v: 1}}])
  await client.writePoints([{measurement: 'other', fields: {v: 'text'}}])
} catch (error) {
  conflict = {status: error.res && error.res.statusCode, message: error.message}
}
const after = await client.getDatabaseNames()
const rows = await client.query(`select usd, n, team from usage where team='o\\'b' limit 1`)
const pings = (await client.ping(5000)).map(({online}) => online)
console.log(JSON.stringify({before, after, conflict, rows: rows.map(({usd, n, team}) => ({usd, n, team})), pings}))
