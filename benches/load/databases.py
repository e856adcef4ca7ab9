"""The two engines: each fills a database once, and gives every measurement a copy of it."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

from servers import LOAD_CORE, load, running


class Sqlite:
    """Databases as files in one folder."""

    name = "SQLite"
    server_pid = None

    def __init__(self, folder):
        self.folder = Path(folder)

    def url(self, name):
        return f"sqlite:{self.folder / name}.db"

    def create(self, name):
        """Does nothing, because the service creates the file."""

    def size(self, name):
        """Returns the bytes of all pages, once none of them is in the write-ahead log alone."""
        with closing(sqlite3.connect(self.folder / f"{name}.db")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            pages, bytes_each = (connection.execute(f"PRAGMA {key}").fetchone()[0] for key in ("page_count", "page_size"))
        return pages * bytes_each

    def settle(self, name):
        """Does nothing, because a file has nothing to finish."""

    @contextmanager
    def copy(self, name):
        """Yields the URL of a copy, which is on the disk before the measurement starts."""
        for path in self.folder.glob(f"{name}.db*"):
            copy = shutil.copyfile(path, path.with_name(path.name.replace(name, "copy", 1)))
            with open(copy, "rb") as file:
                os.fsync(file.fileno())
        try:
            yield self.url("copy")
        finally:
            for path in self.folder.glob("copy.db*"):
                path.unlink()


class Postgres:
    """Databases of one PostgreSQL server, which runs on the core of the load."""

    name = "PostgreSQL"

    def __init__(self, url):
        self.administration = url
        self.server_pid = int(self.query("SELECT pg_read_file('postmaster.pid')").split()[0])
        pids = re.findall(r"\d+", Path(f"/proc/{self.server_pid}/task/{self.server_pid}/children").read_text())
        for pid in (self.server_pid, *map(int, pids)):
            # The process of a query may end meanwhile.
            with suppress(ProcessLookupError):
                os.sched_setaffinity(pid, [LOAD_CORE])

    def query(self, statement, database=None):
        url = self.url(database) if database else self.administration
        command = ["psql", url, "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--command", statement]
        quiet = os.environ | {"PGOPTIONS": "-c client_min_messages=warning"}
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=quiet).stdout

    def url(self, name):
        return f"{self.administration.rpartition('/')[0]}/bench_{name}"

    def create(self, name):
        self.query(f"DROP DATABASE IF EXISTS bench_{name}")
        self.query(f"CREATE DATABASE bench_{name}")

    def size(self, name):
        return int(self.query(f"SELECT pg_database_size('bench_{name}')"))

    def settle(self, name):
        """Vacuums the tables, so that autovacuum does not do it during a measurement."""
        self.query("VACUUM (ANALYZE)", name)

    @contextmanager
    def copy(self, name):
        """Yields the URL of a copy. FILE_COPY checkpoints first, so that every measurement starts alike."""
        self.query(f"CREATE DATABASE bench_copy TEMPLATE bench_{name} STRATEGY FILE_COPY")
        try:
            yield self.url("copy")
        finally:
            self.query("DROP DATABASE bench_copy WITH (FORCE)")


def fill(case, count):
    """Sends at least `count` sign-ups to an empty database, and returns the bytes that each takes on disk."""
    database = case.server.database
    database.create("filled")
    with running(case.server, database.url("filled")):
        pass
    empty, filled = database.size("filled"), 0
    with running(case.server, database.url("filled")):
        seconds = 1
        while filled < count:
            result = load(case, f"fill{filled}", seconds)
            filled += result["requests"]
            rate = result["requests"] / seconds
            seconds = min(10, max(1, int((count - filled) / rate)))
    each = (database.size("filled") - empty) / filled
    database.settle("filled")
    return filled, each


def fill_databases(cases, engines, count):
    """Fills a database of each engine with its first case; returns sign-ups and bytes per sign-up."""
    fills = {}
    for engine in engines:
        print(f"filling {engine.name}", file=sys.stderr)
        fills[engine.name] = fill(next(case for case in cases if case.server.database is engine), count)
    return fills


def fresh_url(case):
    """Yields the URL of a copy of the filled database, or `None` for a server without one."""
    return case.server.database.copy("filled") if case.server.database else nullcontext()
