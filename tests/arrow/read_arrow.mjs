// read_arrow.mjs MODULES: an Arrow IPC stream from stdin, read by npm's apache-arrow out of MODULES, as JSON on stdout:
// {"fields": [{name, type, nullable}], "batches": [rows of each], "columns": [[values]]}, every value a text or null.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const require = createRequire(path.join(path.resolve(process.argv[2]), "apache-arrow", "package.json"));
const arrow = require("apache-arrow");

function decimalText(limbs, scale) {
  let value = 0n;
  for (let i = limbs.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(limbs[i]);
  value = BigInt.asIntN(32 * limbs.length, value);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return (value < 0n ? "-" : "") + digits.slice(0, point) + (scale ? "." + digits.slice(point) : "");
}

function valueText(data, type, row) {
  if (arrow.DataType.isDecimal(type)) {
    const limbs = type.bitWidth / 32;
    return decimalText(data.values.subarray(row * limbs, (row + 1) * limbs), type.scale);
  }
  if (arrow.DataType.isTimestamp(type)) return data.values[row].toString(); // nanoseconds, before Arrow makes them ms
  return String(arrow.makeVector(data).get(row));
}

const table = arrow.tableFromIPC(readFileSync(0));
const fields = table.schema.fields.map((f) => ({ name: f.name, type: String(f.type), nullable: f.nullable }));
const columns = fields.map((_, i) => {
  const vector = table.getChildAt(i);
  const values = [];
  for (const data of vector.data) {
    const whole = arrow.makeVector(data);
    for (let row = 0; row < data.length; row++) values.push(whole.isValid(row) ? valueText(data, vector.type, row) : null);
  }
  return values;
});
process.stdout.write(JSON.stringify({ fields, batches: table.batches.map((b) => b.numRows), columns }));
