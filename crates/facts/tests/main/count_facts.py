"""Counts facts in DuckDB for the test `expressions_count_as_in_duckdb`.

Arguments: the Parquet file. Standard input: a pair of expressions a line, `valid TAB good`. Standard output: for each pair, step and minute with
valid facts one line `number of the pair TAB step TAB minute TAB valid TAB good`, numbers from 0, minutes since 1970.
"""

import sys

import duckdb

NANOS_PER_MINUTE = 60_000_000_000


def main() -> None:
    database = duckdb.connect()
    database.execute("CREATE TABLE facts AS SELECT *, epoch_ns(time) AS nanos FROM read_parquet(?)", [sys.argv[1]])
    for number, line in enumerate(sys.stdin):
        valid, good = line.rstrip("\n").split("\t")
        rows = database.execute(
            f"""
            SELECT step,
                   (nanos - ((nanos % {NANOS_PER_MINUTE}) + {NANOS_PER_MINUTE}) % {NANOS_PER_MINUTE}) // {NANOS_PER_MINUTE} AS minute,
                   count(*),
                   count(*) FILTER (WHERE {good})
            FROM facts WHERE step IS NOT NULL AND ({valid}) GROUP BY ALL
            """
        ).fetchall()
        for row in rows:
            print(number, *row, sep="\t")


main()
