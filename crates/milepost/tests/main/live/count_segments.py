"""Reads the segments of a data directory as any other program would, for the tests in `mail.rs`, `secrets.rs` and `edits.rs`.

Arguments: `attempts`, `versions` or `texts`, and the data directory. Standard output: for `attempts`, JSON lists of step, class, outcome and count of the
attempts in the segments that the catalog lists; for `versions`, of version of the registry, operation, step and count of all events; for `texts`, each
text of each column, a line each.
"""

import json
import pathlib
import sqlite3
import sys

import duckdb


def main() -> None:
    what, data = sys.argv[1], pathlib.Path(sys.argv[2])
    catalog = sqlite3.connect(data / "catalog.sqlite")
    files = [str(data / "segments" / path) for (path,) in catalog.execute("SELECT path FROM segments ORDER BY path")]
    database = duckdb.connect()
    facts = "read_parquet($files, union_by_name = true)"
    if what == "attempts":
        counted = f"SELECT step, class, outcome, count(*) FROM {facts} WHERE role = 'step' GROUP BY ALL ORDER BY ALL"
        json.dump(database.execute(counted, {"files": files}).fetchall(), sys.stdout)
        return
    if what == "versions":
        counted = f"SELECT registry_version, operation, step, count(*) FROM {facts} GROUP BY ALL ORDER BY ALL"
        json.dump(database.execute(counted, {"files": files}).fetchall(), sys.stdout)
        return
    columns = database.execute(f"DESCRIBE SELECT * FROM {facts}", {"files": files}).fetchall()
    for column in [name for name, kind, *_ in columns if kind == "VARCHAR"]:
        texts = database.execute(f'SELECT DISTINCT "{column}" FROM {facts}', {"files": files}).fetchall()
        print(*[f"{column}\t{text}" for (text,) in texts if text is not None], sep="\n")


main()
