"""Starts the servers, loads them, and reads the CPU time that they take."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVER_CORE, LOAD_CORE = 0, 1
# nginx.conf has the ports of the stub and of nginx as well.
STUB, BARE, NGINX, FASTIFY, VESTIBULE, ADMIN = 18091, 18092, 18093, 18094, 18080, 19090
STUB_URL = f"http://127.0.0.1:{STUB}"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A program to start; `database` is the engine that it stores in."""

    name: str
    command: list
    port: int
    settings: dict = field(default_factory=dict)
    database: object = None
    core: int = SERVER_CORE


@dataclass
class Case:
    """One server under one load. `base` is the case that its ratios refer to."""

    title: str
    server: Server
    path: str
    form: str
    status: int
    base: "Case | None" = None
    target: str = ""
    keyed: bool = False
    # The budget of this case lets one request pass, and rejects all others.
    used_up: bool = False
    addresses: int = 100_000
    connections: int = 64
    rounds: list = field(default_factory=list)


@contextmanager
def running(server, url=None, under=()):
    """Runs a server on its core in a new folder, and yields its process id once it accepts connections."""
    settings = server.settings | ({"VESTIBULE__DATABASE__URL": url} if url else {})
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder, open(Path(folder) / "stderr", "w+") as errors:
        command = ["taskset", "--cpu-list", server.core, *under, *server.command]
        process = subprocess.Popen(
            [str(part).replace("{folder}", folder) for part in command],
            env=os.environ | {name: str(value) for name, value in settings.items()},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            wait_until_ready(server, process)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            errors.seek(0)
            sys.stderr.write("" if under else errors.read())


def wait_until_ready(server, process):
    deadline = time.monotonic() + 60
    while not accepts(server.port):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{server.name} did not start")
        time.sleep(0.02)


def accepts(port):
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def check_response(case):
    """Ends the run unless the server responds with the expected status. An error page is fast."""
    response = ask(case)
    if case.used_up:
        response = ask(case)
    if not response.startswith(f"HTTP/1.1 {case.status} "):
        sys.exit(f"{case.title}: wanted {case.status}, got:\n{response}")


def ask(case):
    """Sends the form once, and returns the response as it came."""
    form = case.form.format(tag="once").replace("%08d", "0").encode()
    # The first address of post.lua, whose budget a case may use up.
    head = (
        f"POST {case.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-Forwarded-For: 198.18.0.1\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", case.server.port), timeout=60) as connection:
        connection.sendall(head.encode() + form)
        return connection.recv(65536).decode()


def load(case, tag, seconds):
    """Loads the server, and returns the result if every response has the expected status."""
    result = read_result(start_wrk(case, tag, seconds))
    expected = result["requests"] if case.status >= 400 else 0
    others = abs(result["rejected"] - expected)
    if result["broken"] or result["timeouts"] or others > case.used_up or not result["requests"]:
        sys.exit(f"{case.title}: not every response was {case.status}: {result}")
    return result


def start_wrk(case, tag, seconds, pause_after=0):
    command = ["taskset", "--cpu-list", str(LOAD_CORE), "wrk", "--threads", "1", "--connections", str(case.connections)]
    command += ["--duration", f"{seconds}s", "--timeout", "30s", "--script", str(HERE / "post.lua")]
    command += [f"http://127.0.0.1:{case.server.port}{case.path}", "--", case.form.format(tag=tag), str(case.addresses)]
    command += [f"{uuid.uuid4()}-%d" if case.keyed else "", str(pause_after)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def read_result(wrk):
    """Waits for the end of wrk, and returns what its script prints."""
    output = wrk.communicate()[0]
    return json.loads(re.search(r"^result (.*)$", output, re.M).group(1))


def cpu_seconds(pid):
    """Returns the CPU time, user and kernel, of a process with its threads and its children, ended ones too."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        children = " ".join(task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children"))
    except (FileNotFoundError, ProcessLookupError):
        return 0  # It has just ended, and its parent's time includes its own.
    own = sum(int(ticks) for ticks in stat.rpartition(")")[2].split()[11:15])
    return own / TICKS + sum(cpu_seconds(child) for child in children.split())


def store_seconds(pid):
    """Returns the CPU time of the threads of the store."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().startswith("store"):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_bytes(pid):
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.M).group(1)) * 1024
