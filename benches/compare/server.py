"""A server of Milepost as its users start it, and the telemetry that comparisons send it; no comparison itself."""

import atexit
import http.client
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
MILEPOST = os.path.join(ROOT, TARGET, "release", "milepost")


def field(number, payload):
    length, out = len(payload), bytearray()
    while length > 127:
        out.append(length & 127 | 128)
        length >>= 7
    out.append(length)
    return bytes([number << 3 | 2]) + bytes(out) + payload


def attribute(key, value):
    return field(1, key.encode()) + field(2, field(1, value.encode()))


def mixed(number):
    """A number that looks like chance, so that ids are as long in the log as those of others."""
    return number * 0x9E3779B97F4A7C15 & (1 << 64) - 1


def span(number, name, start, nanos, attributes, has_failed=False):
    """A span of a server, of a trace of its own; `attributes` is encoded already."""
    payload = field(1, struct.pack(">QQ", mixed(number), ~mixed(number) & (1 << 64) - 1))
    payload += field(2, struct.pack(">Q", mixed(number))) + field(5, name) + b"\x30\x02"
    payload += b"\x39" + struct.pack("<Q", start) + b"\x41" + struct.pack("<Q", start + nanos) + attributes
    # The status of the span: an error.
    return field(2, payload + (field(15, b"\x18\x02") if has_failed else b""))


def request(service, spans):
    """A request of OTLP with encoded spans of a service."""
    resource = field(1, field(1, attribute("service.name", service)))
    return field(1, resource + field(2, b"".join(spans)))


def cpu_seconds(process):
    """User and system time of a process, in seconds."""
    fields = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    """A process that is ready once it is made."""

    def __init__(self, binary, registry, data):
        self.began = time.monotonic()
        options = ["--listen-grpc", "127.0.0.1:0", "--listen-http", "127.0.0.1:0", "--listen-api", "127.0.0.1:0"]
        command = [binary, "up", "--registry", registry, "--data", data, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        atexit.register(self.process.kill)
        self.ports, greeting = {}, []
        while len(self.ports) < 2:
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"{binary} did not start: {greeting}")
            greeting.append(line)
            if found := re.match(r"(OTLP/HTTP|API) +http://127.0.0.1:(\d+)", line):
                self.ports[found[1]] = int(found[2])
        # What it says later is read, so that it never waits for somebody to read it.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        while self.get("/ready")[0] != 200:
            time.sleep(0.001)
        self.seconds = time.monotonic() - self.began
        self.cpu_seconds = cpu_seconds(self.process.pid)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["API"])
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def sender(self):
        """What sends a request of OTLP, over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["OTLP/HTTP"])

        def send(body):
            connection.request("POST", "/v1/traces", body, {"content-type": "application/x-protobuf"})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                sys.exit(f"refused with {answer.status}: {said}")

        return send

    def wait_for_checkpoint(self):
        """Until a checkpoint has all that was sent."""
        while (of := json.loads(self.get("/api/v1/ingest")[1]))["checkpoint"] != of["as_of"]:
            time.sleep(0.2)

    def stop(self):
        self.end(signal.SIGTERM)

    def kill(self):
        self.end(signal.SIGKILL)

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait()
