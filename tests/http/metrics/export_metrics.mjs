// export_metrics.mjs MODULES URL json|protobuf none|gzip cumulative|delta DATABASE: sends the same known measurements, twice,
// with OpenTelemetry's exporters; prints what the exporters said.
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, url, encoding, compression, temporality, database] = process.argv.slice(2);
const require = createRequire(join(modules, "none.js"));
const { MeterProvider, PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { ValueType } = require("@opentelemetry/api");
const { OTLPMetricExporter } = require(
    encoding === "json" ? "@opentelemetry/exporter-metrics-otlp-http" : "@opentelemetry/exporter-metrics-otlp-proto",
);

const exporter = new OTLPMetricExporter({
    url: `${url}/v1/metrics`,
    compression,
    temporalityPreference: temporality === "delta" ? 0 : 1,
    headers: { "X-Centime-Database": database },
});
const provider = new MeterProvider({
    resource: resourceFromAttributes({ "service.name": "billing", "cloud.region": "eu-1", "process.pid": 7 }),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600000 })],
});
const meter = provider.getMeter("centime-test");
const cost = meter.createCounter("llm.cost", { unit: "USD" });
const tokens = meter.createCounter("tokens", { valueType: ValueType.INT });
const jobs = meter.createUpDownCounter("jobs", { valueType: ValueType.INT });
const usage = meter.createHistogram("gen_ai.client.token.usage", { unit: "{token}" });
meter.createObservableGauge("gpu.utilization").addCallback((result) => result.observe(42.5, { gpu: 0, shared: true }));

cost.add(1.25, { team: "ml" });
cost.add(0.5, { team: "ml" });
cost.add(2, { team: "web" });
tokens.add(3);
jobs.add(5);
usage.record(10, { "gen_ai.token.type": "input" });
usage.record(32.5, { "gen_ai.token.type": "input" });
await provider.forceFlush();
await new Promise((done) => setTimeout(done, 20));
cost.add(0.125, { team: "ml" });
tokens.add(4);
jobs.add(-2);
usage.record(7, { "gen_ai.token.type": "output" });
await provider.forceFlush();
await provider.shutdown();
