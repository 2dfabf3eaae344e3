// influxdb_client_npm.mjs MODULES URL: writes with @influxdata/influxdb-client, plain and packed, and prints as JSON what it
// was answered. Run by influxdb_client_npm_test.py.
import {createRequire} from 'node:module'

const [modules, url] = process.argv.slice(2)
const {InfluxDB, Point, HttpError} = createRequire(`${modules}/`)('@influxdata/influxdb-client')
const client = new InfluxDB({url, token: 'my-token'})
const once = {maxRetries: 0}

async function statusOf(lines, bucket) {
  const api = client.getWriteApi('my-org', bucket, 'ns', once)
  try {
    api.writeRecords(lines)
    await api.close()
    return {status: 204}
  } catch (error) {
    return error instanceof HttpError ? {status: error.statusCode, code: error.code, body: error.body} : {status: String(error)}
  }
}

const plain = client.getWriteApi('my-org', 'plain', 'ns', once)
plain.useDefaultTags({env: 'prod'})
plain.writePoint(
  new Point('usage').tag('team', 'ml, res=earch').floatField('usd', 3.5).intField('n', 4).uintField('u', '18446744073709551615')
    .booleanField('ok', true).stringField('s', 'a "q" \\ b\nnl').timestamp('1700000000000000001')
)
plain.writePoint(new Point('usage').tag('team', 'none').booleanField('ok', false).timestamp('1700000000000000002'))
await plain.close()

const packed = client.getWriteApi('my-org', 'packed', 'ms', {...once, gzipThreshold: 0, batchSize: 1000})
for (let i = 0; i < 2500; i++) packed.writePoint(new Point('usage').intField('n', i).timestamp(1700000000000 + i))
await packed.close()

const malformed = await statusOf(['m v=1 1', 'm v='], 'refused')
const conflict = await statusOf(['m v=1 1', 'm v="text" 2', 'm v=3 3'], 'conflict')
console.log(JSON.stringify({malformed, conflict}))
