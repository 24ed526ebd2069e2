"""Reads a dashboard by Grafana's own types, writes it again, and prints what they did not keep."""

import json
import sys

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard


def lost(ours, theirs, path):
    if isinstance(ours, dict):
        for key, value in ours.items():
            if not isinstance(theirs, dict) or key not in theirs:
                yield f"{path}/{key} is not kept"
            else:
                yield from lost(value, theirs[key], f"{path}/{key}")
    elif isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            yield f"{path} is another list"
        else:
            for index, (mine, other) in enumerate(zip(ours, theirs)):
                yield from lost(mine, other, f"{path}/{index}")
    elif ours != theirs:
        yield f"{path} is {theirs!r}, and was {ours!r}"


plugins.register_default_plugins()
ours = json.load(sys.stdin)
theirs = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(ours)))
print("\n".join(lost(ours, theirs, "")))
