// node_influx_asks.mjs MODULES HOST PORT: asks a server that holds the lines of asking.py with npm's influx (node-influx), and
// prints {question: answer} as JSON. Run by node_influx_asks_test.py.
import {createRequire} from 'node:module'

const [modules, host, port] = process.argv.slice(2)
const Influx = createRequire(`${modules}/`)('influx')
const client = new Influx.InfluxDB({host, port: Number(port), database: 't'})
const found = {}
const ask = async (question, promise) => {
  found[question] = await promise.catch((error) => ({failed: error.message}))
}
const select = 'select usage, host from cpu where host = $host and usage > $least'

const sortedNames = async () => (await client.getDatabaseNames()).sort() // InfluxDB lists them as they were made

await ask('databases', sortedNames())
await ask('measurements', client.getMeasurements())
await ask('series', client.getSeries())
await ask('series of a measurement', client.getSeries({measurement: 'cpu', database: 't'}))
await ask('policies', client.showRetentionPolicies())
await ask('users', client.getUsers())
await ask('select', client.query('select * from cpu'))
await ask('several', client.query(['select usage from cpu', 'show tag keys']))
await ask('precision', client.query('select usage from cpu', {precision: 'ms'}))
await ask('raw', client.queryRaw('select usage, note from cpu', {precision: 's'}))
await ask('policy', client.query('select usage from cpu', {retentionPolicy: 'autogen'}))
await ask('unknown policy', client.query('select usage from cpu', {retentionPolicy: 'nope'}))
await ask('bound', client.query(select, {placeholders: {host: 'a', least: 7.5}}))
await ask('bound text', client.query(select, {placeholders: {host: "a' or '1'='1", least: 0}}))
await ask('parse error', client.query('select'))
await ask('statement error', client.query('select foo(usage) from cpu'))
await ask('create', client.createDatabase('made here'))
await ask('created', sortedNames())
await ask('drop', client.dropDatabase('made here'))
await ask('dropped', sortedNames())
await ask('drop series', client.dropSeries({measurement: (m) => m.name('cpu'), where: (e) => e.tag('host').equals.value('b')}))
await ask('series after', client.getSeries())
await ask('drop measurement', client.dropMeasurement('mem'))
await ask('measurements after', client.getMeasurements())
console.log(JSON.stringify(found))
