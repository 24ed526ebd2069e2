"""Validates YAML texts against a JSON Schema for the tests in `validator.rs`.

Standard input: a line of JSON with the schema, then a line of JSON for each text. Standard output: for each text a line that says what is wrong
first, empty where nothing is; it begins with `not YAML` where the text is none.
"""

import json
import sys

from jsonschema import Draft7Validator
from ruamel.yaml import YAML, YAMLError


def as_json(value):
    """Keys are text in JSON."""
    if isinstance(value, dict):
        return {str(key): as_json(inner) for key, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, list) else value


def first_error(validator, yaml, text):
    try:
        documents = list(yaml.load_all(text))
    except YAMLError as error:
        return f"not YAML: {error}"
    for document in documents:
        # Editors and Milepost alike have nothing to say of an empty one.
        for error in validator.iter_errors(as_json(document)) if document is not None else ():
            return f"{error.json_path}: {error.message[:200]}"
    return ""


def main() -> None:
    schema = json.loads(sys.stdin.readline())
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema)
    # YAML 1.2, as editors read it: `yes` and `on` are texts, and so are days.
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    for line in sys.stdin:
        print(" ".join(first_error(validator, yaml, json.loads(line)).split()))


main()
