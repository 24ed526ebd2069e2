"""Sends spans by the OpenTelemetry SDK for the tests in `clients.rs`.

Arguments: `grpc` or `http/protobuf`, the endpoint, `none` or `gzip`, the share of traces that are sampled, the seed of their ids. Standard input: JSON
with the service, and loads of alike requests: method, route, status, how many, and what their `baggage` header says.
"""

import json
import random
import sys

from opentelemetry import propagate
from opentelemetry.processor.baggage import BaggageSpanProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import SpanKind

MOST_SPANS = 100_000


class Ids(IdGenerator):
    """The same ids for the same seed, so that sampling takes the same traces."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def generate_span_id(self) -> int:
        return self.random.randrange(1, 1 << 64)

    def generate_trace_id(self) -> int:
        return self.random.randrange(1, 1 << 128)


def exporter(protocol: str, endpoint: str, compression: str) -> SpanExporter:
    if protocol == "grpc":
        import grpc
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        kinds = {"none": grpc.Compression.NoCompression, "gzip": grpc.Compression.Gzip}
        return OTLPSpanExporter(endpoint=endpoint, insecure=True, compression=kinds[compression])
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", compression=Compression(compression))


def main() -> None:
    protocol, endpoint, compression, ratio, seed = sys.argv[1:]
    request = json.load(sys.stdin)
    provider = TracerProvider(
        resource=Resource({"service.name": request["service"]}), sampler=TraceIdRatioBased(float(ratio)), id_generator=Ids(seed)
    )
    provider.add_span_processor(BaggageSpanProcessor(lambda key: key == "milepost"))
    batches = BatchSpanProcessor(exporter(protocol, endpoint, compression), max_queue_size=MOST_SPANS)
    provider.add_span_processor(batches)
    tracer = provider.get_tracer("load")
    for load in request["loads"]:
        context = propagate.extract({"baggage": load["baggage"]})
        attributes = {
            "http.request.method": load["method"],
            "http.route": load["route"],
            "http.response.status_code": load["status"],
        }
        for _ in range(load["count"]):
            name = f"{load['method']} {load['route']}"
            tracer.start_span(name, context=context, kind=SpanKind.SERVER, attributes=attributes).end()
    if not provider.force_flush():
        sys.exit("spans are left that could not be sent")
    provider.shutdown()


main()
