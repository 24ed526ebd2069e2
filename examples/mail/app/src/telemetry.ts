/**
 * OpenTelemetry as its documentation has it: W3C trace context and baggage, the official instrumentations, the official
 * baggage span processor for one key, and an exporter that the standard environment variables choose.
 */

import { diag, DiagLogLevel, type DiagLogger, type Span } from '@opentelemetry/api';
import { BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { detectResources, envDetector } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { KEY } from './annotation.js';

/** Switching faults is no part of the product, so it leaves no span. */
export const CONTROL_PATH = '/control/';
/** A service that nobody uses says now and then that it is there; else nobody knows whether it is, or its telemetry has stopped. */
const HEARTBEAT_MS = 30_000;
/** Longest time for the last spans to leave when the process ends. */
const LAST_EXPORT_MS = 1_500;

/** Starts telemetry for this process; services need it before they load `http` or `@grpc/grpc-js`. */
export function startTelemetry(options: { exports: boolean; onTrouble: (message: string) => void }): Telemetry {
  diag.setLogger(onlyErrors(options.onTrouble), { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  const baggage = new BaggageSpanProcessor((key) => key === KEY);
  const exporter = options.exports ? exporterByEnvironment(process.env) : undefined;
  const provider = new NodeTracerProvider({
    resource: detectResources({ detectors: [envDetector] }),
    spanProcessors: exporter ? [baggage, new BatchSpanProcessor(exporter)] : [baggage],
  });
  provider.register();
  if (exporter) {
    const tracer = provider.getTracer('heartbeat');
    const every = Number(process.env['MAIL_HEARTBEAT_MS'] || HEARTBEAT_MS);
    setInterval(() => tracer.startSpan('heartbeat', { root: true }).end(), every).unref();
  }
  registerInstrumentations({
    instrumentations: [
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: true,
        applyCustomAttributesOnSpan: noteClosedByClient,
        ignoreIncomingRequestHook: (request) => request.url?.startsWith(CONTROL_PATH) ?? false,
      }),
      new GrpcInstrumentation(),
    ],
  });
  return new Telemetry(provider);
}

export class Telemetry {
  private readonly provider: NodeTracerProvider;

  constructor(provider: NodeTracerProvider) {
    this.provider = provider;
  }

  /** Sends what is left, in bounded time: an endpoint that does not answer must not keep the process. */
  async stop(): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_EXPORT_MS).unref());
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
  }
}

/** What a proxy would log when the browser did not wait for the answer; to Node nothing was wrong with it. */
function noteClosedByClient(span: Span, _request: unknown, response: object): void {
  if ('writableFinished' in response && !response.writableFinished) span.setAttribute('http.response.status_code', 499);
}

/** `none`, or OTLP in the protocol of `OTEL_EXPORTER_OTLP_(TRACES_)PROTOCOL`; only that exporter's code is loaded. */
function exporterByEnvironment(environment: NodeJS.ProcessEnv): SpanExporter | undefined {
  if (environment['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  const protocol =
    environment['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || environment['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'http/protobuf';
  const { OTLPTraceExporter } = exporterModule(protocol);
  return new OTLPTraceExporter();
}

function exporterModule(protocol: string): { OTLPTraceExporter: new () => SpanExporter } {
  switch (protocol) {
    case 'http/protobuf':
      return require('@opentelemetry/exporter-trace-otlp-proto');
    case 'http/json':
      return require('@opentelemetry/exporter-trace-otlp-http');
    case 'grpc':
      return require('@opentelemetry/exporter-trace-otlp-grpc');
    default:
      throw new RangeError(`OTEL_EXPORTER_OTLP_PROTOCOL is \`${protocol}\`; it may be grpc, http/protobuf or http/json`);
  }
}

function onlyErrors(onTrouble: (message: string) => void): DiagLogger {
  const ignore = () => undefined;
  return { error: (message) => onTrouble(message), warn: ignore, info: ignore, debug: ignore, verbose: ignore };
}
