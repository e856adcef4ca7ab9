"""A PostgreSQL and a Redis that a run kills, pauses and restarts."""

import os
import signal
import socket
import subprocess
from pathlib import Path

BINARIES = Path("/usr/lib/postgresql/15/bin")


class Server:
    """A server that runs, or does not."""

    def __init__(self, port):
        self.port, self.process = port, None

    def start(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def processes(self):
        """Returns the ids of all processes, the main one first."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def send(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        # A main process that stands still starts no others.
        os.kill(self.process.pid, signal.SIGSTOP)
        self.send(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)
        self.send(signal.SIGSTOP)

    def resume(self):
        self.send(signal.SIGCONT)

    def end(self):
        """Ends the server in any state."""
        if self.process and self.process.poll() is None:
            self.kill()


class Redis(Server):
    name = "Redis"

    def command(self):
        return ["setpriv", "--pdeathsig", "KILL", "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    def is_ready(self):
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"


class Postgres(Server):
    name = "PostgreSQL"

    def __init__(self, port, folder):
        super().__init__(port)
        self.folder = Path(folder) / "postgres"
        self.folder.mkdir()
        # PostgreSQL does not run as root.
        self.owner = ["setpriv", "--pdeathsig", "KILL"]
        if os.getuid() == 0:
            self.owner += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
            os.chmod(folder, 0o755)
            subprocess.run(["chown", "postgres:", self.folder], check=True)
        options = ["--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        command = [*self.owner, BINARIES / "initdb", "--pgdata", self.folder / "data", *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def command(self):
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        return [*self.owner, BINARIES / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options]

    def is_ready(self):
        return subprocess.run([BINARIES / "pg_isready", "--quiet", "--dbname", self.url]).returncode == 0

    @property
    def url(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def query(self, statement):
        command = ["psql", self.url, "--no-psqlrc", "--no-align", "--tuples-only", "--command", statement]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
