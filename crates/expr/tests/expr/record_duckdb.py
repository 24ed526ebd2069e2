"""Records in duckdb.txt what DuckDB answers for its expressions: `pip install duckdb; python record_duckdb.py`.

The tests read the file, so DuckDB is needed only to add expressions.
"""

import pathlib

import duckdb

file = pathlib.Path(__file__).with_name("duckdb.txt")
lines = file.read_text().splitlines()
columns = next(line for line in lines if line.startswith("columns|")).split("|")[1:]
types = ["BIGINT" if name in ("http_status", "duration_ns") else "VARCHAR" for name in columns]
rows = [line.split("|")[1:] for line in lines if line.startswith("row|")]

connection = duckdb.connect()
connection.execute(f"CREATE TABLE facts (row_number BIGINT, {', '.join(map(' '.join, zip(columns, types)))})")
for number, row in enumerate(rows):
    values = [None if cell == "NULL" else int(cell) if kind == "BIGINT" else cell for cell, kind in zip(row, types)]
    connection.execute(f"INSERT INTO facts VALUES ({', '.join('?' * (len(values) + 1))})", [number, *values])

for i, line in enumerate(lines):
    kind, _, rest = line.partition("|")
    if kind == "expression":
        text = rest.rpartition("|")[0]
        answers = connection.execute(f"SELECT ({text}) FROM facts ORDER BY row_number").fetchall()
        lines[i] = f"expression|{text}|" + "".join({True: "T", False: "F", None: "-"}[answer] for (answer,) in answers)
file.write_text("\n".join(lines) + "\n")
