"""A real Prometheus with rules of the shape that Sloth writes, for comparisons; no comparison itself."""

import atexit
import http.client
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import time

from server import cpu_seconds

WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
# Of Sloth's 30 days; the burn rate, the long and the short window of two alerts of each urgency.
TIERS = {"page": [("14.4", "1h", "5m"), ("6", "6h", "30m")], "ticket": [("3", "1d", "2h"), ("1", "3d", "6h")]}
ERROR_BUDGET = "0.01"
# With history: so many of the SLOs that making it takes a minute or two.
WITH_HISTORY = 100
POINT_SECONDS = 60
# Its rules take a minute and more to be evaluated once, where there are many.
PATIENCE_SECONDS = 1800


def is_there():
    return shutil.which("prometheus") and shutil.which("promtool")


def version():
    said = subprocess.run(["prometheus", "--version"], capture_output=True, text=True)
    return "Prometheus " + re.search(r"version ([^ ,]+)", said.stdout + said.stderr)[1]


def groups(step, slo):
    """The three groups of rules that Sloth writes for an SLO of events."""
    good_bad = f'milepost_slo_events_total{{slo="{slo}"'
    of = f'{{sloth_id="{step}-{slo}", sloth_service="{step}", sloth_slo="{slo}"}}'
    labels = f'{{sloth_id: "{step}-{slo}", sloth_service: "{step}", sloth_slo: "{slo}"'

    def rule(record, text, window=""):
        return f"  - {{record: '{record}', expr: '{text}', labels: {labels}{window}}}}}\n"

    ratio = "slo:sli_error:ratio_rate"
    text = f"- name: sloth-slo-sli-recordings-{step}-{slo}\n  rules:\n"
    for window in WINDOWS:
        rate = f'(sum(rate({good_bad},result="bad"}}[{window}]))) / (sum(rate({good_bad}}}[{window}])))'
        text += rule(ratio + window, rate, f", sloth_window: {window}")
    means = f"sum_over_time({ratio}5m{of}[30d]) / ignoring (sloth_window) count_over_time({ratio}5m{of}[30d])"
    text += rule(ratio + "30d", means, ", sloth_window: 30d")
    text += f"- name: sloth-slo-meta-recordings-{step}-{slo}\n  rules:\n"
    on = "/ on(sloth_id, sloth_slo, sloth_service) group_left"
    text += rule("slo:objective:ratio", f"vector(1-{ERROR_BUDGET})") + rule("slo:error_budget:ratio", f"vector({ERROR_BUDGET})")
    text += rule("slo:time_period:days", "vector(30)")
    text += rule("slo:current_burn_rate:ratio", f"{ratio}5m{of} {on} slo:error_budget:ratio{of}")
    text += rule("slo:period_burn_rate:ratio", f"{ratio}30d{of} {on} slo:error_budget:ratio{of}")
    text += rule("slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{of}") + rule("sloth_slo_info", "vector(1)")
    text += f"- name: sloth-slo-alerts-{step}-{slo}\n  rules:\n"
    for severity, tiers in TIERS.items():
        over = lambda window, factor: f"max({ratio}{window}{of} > ({factor} * {ERROR_BUDGET})) without (sloth_window)"
        either = " or ".join(f"({over(short, factor)} and {over(long, factor)})" for factor, long, short in tiers)
        text += f"  - {{alert: Burn, expr: '{either}', labels: {{sloth_severity: {severity}}}}}\n"
    return text


class Prometheus:
    """A process over a folder with rules for some SLOs; it scrapes an address, if one is said."""

    def __init__(self, folder, slos, scrapes=None):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "sloth.rules.yaml"), "w") as file:
            file.write("groups:\n" + "".join(groups(step, slo) for step, slo in slos))
        config = "global: {scrape_interval: 15s, evaluation_interval: 1m}\nrule_files: [sloth.rules.yaml]\n"
        if scrapes:
            config += f"scrape_configs: [{{job_name: milepost, static_configs: [{{targets: ['127.0.0.1:{scrapes}']}}]}}]\n"
        with open(os.path.join(folder, "prometheus.yml"), "w") as file:
            file.write(config)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--storage.tsdb.retention.time=60d"]
        command.append(f"--web.listen-address=127.0.0.1:{self.port}")
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)
        while not self.answers("/-/ready"):
            time.sleep(0.1)

    def answers(self, path):
        """What it says; nothing where it is too busy to say anything."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", path)
            answer = connection.getresponse()
            said = answer.read()
            return said.decode() if answer.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None

    def sum(self, metric):
        """The sum of its own samples of a metric."""
        lines = (self.answers("/metrics") or "").splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{metric}[{{ ]", line))

    def value(self, query):
        said = json.loads(self.answers(queried(query)) or '{"data": {"result": []}}')
        return float(said["data"]["result"][0]["value"][1]) if said["data"]["result"] else 0.0

    def wait_until_judged(self, slos):
        """Until every rule was evaluated; says how many seconds that took."""
        began = time.monotonic()
        while (judged := self.value("count(slo:period_error_budget_remaining:ratio)")) < slos:
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise SystemExit(f"Prometheus has judged {judged:.0f} of {slos} SLOs in {PATIENCE_SECONDS} s")
            time.sleep(5)
        return time.monotonic() - began

    def evaluating(self, seconds, slos):
        """What its rules take in a time, once all were evaluated: processor time of the whole process, and what it says of itself."""
        self.wait_until_judged(slos)
        rounds = lambda: self.sum("prometheus_rule_group_iterations_total")
        missed, evaluated = self.sum("prometheus_rule_group_iterations_missed_total"), rounds()
        began, cpu = time.monotonic(), cpu_seconds(self.process.pid)
        time.sleep(seconds)
        minutes = (time.monotonic() - began) / 60
        cpu = (cpu_seconds(self.process.pid) - cpu) / minutes
        status = open(f"/proc/{self.process.pid}/status").read()
        return {
            "SLOs": f"{slos:,}",
            "rules": f"{17 * slos:,}",
            "whole process: CPU a round, ms": f"{1000 * cpu:,.0f}",
            "  of an SLO, ms": f"{1000 * cpu / slos:.2f}",
            "evaluations missed, of all": f"{(self.sum('prometheus_rule_group_iterations_missed_total') - missed) / (rounds() - evaluated):.0%}",
            "resident at most, MiB": f"{int(status.split('VmHWM:')[1].split()[0]) / 1024:,.0f}",
        }

    def end(self):
        self.process.kill()
        self.process.wait()


def spread(took):
    """The median of some times, what 99 of 100 are within, and the longest."""
    hundredths = statistics.quantiles(took, n=100)
    return f"{hundredths[49]:.1f}, {hundredths[98]:.1f}, {max(took):.1f}"


def queried(query):
    return "/api/v1/query?query=" + "".join(f"%{byte:02x}" for byte in query.encode())


def listed(folder, slos, scrapes, answers):
    """A column of how long it takes to say one number of as many SLOs as a page has, while its rules are evaluated."""
    process = Prometheus(folder, slos, scrapes)
    row = {"SLOs": f"{len(slos):,}", "rules": f"{17 * len(slos):,}", "SLOs judged after, s": f"{process.wait_until_judged(len(slos)):.0f}"}
    for steps, count in (("[0-9]", 500), ("[0-9]{1,2}", 200)):
        budget = f'slo:period_error_budget_remaining:ratio{{sloth_service=~"step-{steps}"}}'
        of = process.value(f"count({budget})")
        row[f"budget left of {of:,.0f} SLOs, ms: median, p99, most"] = spread(answers(process.port, queried(budget), count))
    process.end()
    return [("no history", row)]


def history(folder, slos, days):
    """Points of some SLOs up to now as blocks: what was good and bad, and what the rule of five minutes recorded."""
    chance, now = random.Random(1), int(time.time()) // POINT_SECONDS * POINT_SECONDS
    # Not beyond now: Prometheus takes nothing that is older than the newest block.
    times = range(now - days * 86_400, now, POINT_SECONDS)
    text = os.path.join(folder, "points")
    with open(text, "w") as file:
        file.write("# TYPE milepost_slo_events counter\n")
        for step, slo in slos:
            good = bad = 0
            for at in times:
                good, bad = good + 55 + chance.randrange(10), bad + (chance.random() < 0.1)
                file.write(f'milepost_slo_events_total{{slo="{slo}",step="{step}",result="good"}} {good} {at}\n')
                file.write(f'milepost_slo_events_total{{slo="{slo}",step="{step}",result="bad"}} {bad} {at}\n')
        file.write("# TYPE slo:sli_error:ratio_rate5m gauge\n")
        for step, slo in slos:
            labels = f'sloth_id="{step}-{slo}",sloth_service="{step}",sloth_slo="{slo}",sloth_window="5m"'
            for at in times:
                file.write(f"slo:sli_error:ratio_rate5m{{{labels}}} {chance.random() / 500:.6f} {at}\n")
        file.write("# EOF\n")
    blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=240h", "--quiet", text]
    subprocess.run([*blocks, os.path.join(folder, "data")], check=True, stdout=subprocess.DEVNULL)
    os.remove(text)


def measured(folder, slos, scrapes, seconds, days):
    """Columns of figures: without rules, all SLOs without history, some with."""
    columns = []
    process = Prometheus(os.path.join(folder, "all"), slos, scrapes)
    columns.append(("no history", process.evaluating(seconds, len(slos))))
    process.end()
    some = slos[:: max(1, len(slos) // WITH_HISTORY)]
    os.makedirs(os.path.join(folder, "some"))
    history(os.path.join(folder, "some"), some, days)
    process = Prometheus(os.path.join(folder, "some"), some)
    columns.append((f"{days} days", process.evaluating(seconds, len(some))))
    process.end()
    return columns
