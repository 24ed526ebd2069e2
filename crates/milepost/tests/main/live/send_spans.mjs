// Sends spans by the OpenTelemetry SDK for Node for the tests in `clients.rs`.
//
// Arguments: the `package.json` beside which the SDK is installed, then `grpc`, `http/protobuf` or `http/json`, the endpoint, and `none` or `gzip`.
// Standard input: as for `send_spans.py`.

import { createRequire } from 'node:module';
import { json } from 'node:stream/consumers';

const MOST_SPANS = 100_000;
const EXPORTERS = {
  grpc: '@opentelemetry/exporter-trace-otlp-grpc',
  'http/protobuf': '@opentelemetry/exporter-trace-otlp-proto',
  'http/json': '@opentelemetry/exporter-trace-otlp-http',
};

const [packages, protocol, endpoint, compression] = process.argv.slice(2);
const require = createRequire(packages);
const { defaultTextMapGetter, ROOT_CONTEXT, SpanKind } = require('@opentelemetry/api');
const { BaggageSpanProcessor } = require('@opentelemetry/baggage-span-processor');
const { W3CBaggagePropagator } = require('@opentelemetry/core');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
const { OTLPTraceExporter } = require(EXPORTERS[protocol]);

const { service, loads } = await json(process.stdin);
const url = protocol === 'grpc' ? endpoint : `${endpoint}/v1/traces`;
const batches = new BatchSpanProcessor(new OTLPTraceExporter({ url, compression }), { maxQueueSize: MOST_SPANS });
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': service }),
  spanProcessors: [new BaggageSpanProcessor((key) => key === 'milepost'), batches],
});
const tracer = provider.getTracer('load');
const baggages = new W3CBaggagePropagator();
for (const { method, route, status, count, baggage } of loads) {
  const context = baggages.extract(ROOT_CONTEXT, { baggage }, defaultTextMapGetter);
  const attributes = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status };
  for (let sent = 0; sent < count; sent += 1) {
    tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, context).end();
  }
}
// It fails where spans are left that could not be sent.
await provider.forceFlush();
await provider.shutdown();
