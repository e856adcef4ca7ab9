"""The processes of deploy/compose/compose.yaml, without a container engine.

Each service of the file is one process, with the settings, arguments and mounted files that the file
gives to it. Only addresses and paths differ: all processes are on loopback, on free ports.
"""

import http.client
import json
import os
import random
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = ROOT / "deploy/compose"
POSTGRES = "/usr/lib/postgresql/15/bin"

# Services that no Debian package provides. files.py checks their files.
NOT_STARTED = {"grafana"}


def free_ports(count):
    """Returns free ports below the range from which the system takes ports of clients."""
    sockets = []
    while len(sockets) < count:
        one = socket.socket()
        try:
            one.bind(("127.0.0.1", random.randrange(20000, 30000)))
            sockets.append(one)
        except OSError:
            one.close()
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def until(condition, sentence, seconds=60):
    """Waits for a condition and returns its result."""
    deadline = time.monotonic() + seconds
    while True:
        if result := condition():
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {sentence}")
        time.sleep(0.1)


def is_open(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def request(url, body=None, headers=(), source="127.0.0.1"):
    """Sends a request from an address of loopback. Returns status and text of the response."""
    url = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30, source_address=(source, 0))
    connection.putrequest("GET" if body is None else "POST", f"{url.path}?{url.query}")
    # A list, because a header can occur twice.
    for name, value in headers:
        connection.putheader(name, value)
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(data)))
    connection.endheaders(data)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


class Fleet:
    def __init__(self, binary, work, changes):
        """`changes` are further settings of single services, after VESTIBULE__."""
        self.binary = binary
        self.work = Path(work)
        self.changes = changes
        self.services = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
        self.processes = {}
        # Addresses in the files, and those of this machine.
        names = ["nginx:8080", "sandbox:8080", "sandbox:8081", "sandbox:8082", "sandbox:9090", "sandbox:9091",
                 "sandbox:9092", "127.0.0.1:9229", "postgres:5432", "redis:6379", "prometheus:9090"]
        self.ports = dict(zip(names, free_ports(len(names))))
        secrets = self.work / "secrets"
        shutil.copytree(COMPOSE / "secrets", secrets)
        self.paths = {"/run/secrets/vestibule": str(secrets)}

    def url(self, name, path=""):
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    def local(self, text):
        """Replaces addresses and paths in a text of the files by those of this machine."""
        for name, port in self.ports.items():
            text = re.sub(rf"\b{re.escape(name)}\b", f"127.0.0.1:{port}", text)
        for path, replacement in self.paths.items():
            text = text.replace(path, replacement)
        return text.replace("172.30.89.2", "127.0.0.1").replace("0.0.0.0", "127.0.0.1")

    def mounted(self, service, target):
        """Returns the file that a service mounts at this path."""
        for volume in self.services[service]["volumes"]:
            source, path, *_ = volume.split(":")
            if path == target:
                return COMPOSE / source
        raise AssertionError(f"{service} mounts nothing at {target}")

    def spawn(self, name, command, **options):
        log = open(self.work / f"{name}.log", "ab")
        # Ends with this script, even if the script is killed.
        command = ["setpriv", "--pdeathsig", "KILL", *map(str, command)]
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **options)

    def log(self, name):
        return (self.work / f"{name}.log").read_text(errors="replace")

    def start(self):
        starters = {"postgres": self.postgres, "redis": self.redis, "sandbox": self.vestibule,
                    "replica-1": self.vestibule, "replica-2": self.vestibule, "nginx": self.nginx,
                    "prometheus": self.prometheus}
        unknown = set(self.services) - set(starters) - NOT_STARTED
        assert not unknown, f"compose.yaml has services that this script does not know: {unknown}"
        for name, starter in starters.items():
            starter(name)

    def vestibule(self, name):
        service = self.services[name]
        settings = {key: self.local(value) for key, value in service["environment"].items()}
        settings |= {f"VESTIBULE__{key}": value for key, value in self.changes.get(name, {}).items()}
        settings.setdefault("VESTIBULE__SERVER__PORT", "8080")
        settings.setdefault("VESTIBULE__ADMIN__PORT", "9090")
        for key in ("SERVER", "ADMIN"):
            port = settings[f"VESTIBULE__{key}__PORT"]
            settings[f"VESTIBULE__{key}__PORT"] = str(self.ports[f"sandbox:{port}"])
        if name == "sandbox":
            settings["VESTIBULE__SANDBOX__PORT"] = str(self.ports["127.0.0.1:9229"])
        environment = {"PATH": os.environ["PATH"], **settings}
        self.spawn(name, [self.binary, *service["command"]], env=environment, cwd=self.work)
        ready = f"http://127.0.0.1:{settings['VESTIBULE__ADMIN__PORT']}/health/ready"
        until(lambda: self.is_ready(name, ready), f"{name} is ready")
        # The health check of the image, which other services wait for.
        check = subprocess.run([self.binary, "healthcheck"], env=environment, capture_output=True, text=True)
        assert check.returncode == 0, f"{name}: {check.stderr}"

    def is_ready(self, name, url):
        assert self.processes[name].poll() is None, f"{name} ended:\n{self.log(name)}"
        try:
            return request(url)[0] == 200
        except OSError:
            return False

    def postgres(self, name):
        """Creates the cluster as the image does, or starts it again."""
        data = self.work / "postgres"
        owner = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.getuid() == 0 else []
        settings = self.services[name]["environment"]
        if not data.exists():
            data.mkdir()
            (self.work / "password").write_text(settings["POSTGRES_PASSWORD"])
            os.chmod(self.work / "password", 0o644)
            if owner:
                shutil.chown(data, "postgres", "postgres")
            subprocess.run([*owner, f"{POSTGRES}/initdb", "--pgdata", data, "--username", settings["POSTGRES_USER"],
                            "--pwfile", self.work / "password", "--auth", "scram-sha-256", "--no-sync"],
                           check=True, capture_output=True, cwd="/")
        port = self.ports["postgres:5432"]
        self.spawn(name, [*owner, f"{POSTGRES}/postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1",
                          "-c", "unix_socket_directories="], cwd="/")
        until(lambda: self.sql("select 1", "postgres") == "1", "PostgreSQL accepts connections")
        if not self.sql("select 1"):
            self.sql(f"create database {settings['POSTGRES_DB']}", "postgres")

    def sql(self, statement, database=None):
        """Runs a statement, and returns its result, or an empty text if it failed."""
        settings = self.services["postgres"]["environment"]
        user = f"{settings['POSTGRES_USER']}:{settings['POSTGRES_PASSWORD']}"
        url = f"postgres://{user}@127.0.0.1:{self.ports['postgres:5432']}/{database or settings['POSTGRES_DB']}"
        return subprocess.run(["psql", url, "-tAc", statement], capture_output=True, text=True).stdout.strip()

    def redis(self, name):
        command = self.services[name]["command"]
        self.spawn(name, [*command, "--port", self.ports["redis:6379"], "--bind", "127.0.0.1"], cwd=self.work)
        until(lambda: is_open(self.ports["redis:6379"]), "Redis listens")

    def nginx(self, name):
        text = self.local(self.mounted(name, "/etc/nginx/nginx.conf").read_text())
        text = text.replace("listen 8080", f"listen 127.0.0.1:{self.ports['nginx:8080']}")
        text = text.replace("/tmp/nginx.pid", f"{self.work}/nginx.pid")
        (self.work / "nginx.conf").write_text(text)
        self.spawn(name, ["nginx", "-c", self.work / "nginx.conf", "-g", "daemon off;"])
        until(lambda: is_open(self.ports["nginx:8080"]), "nginx listens")

    def prometheus(self, name):
        """Starts Prometheus with intervals that fit a test: seconds instead of minutes."""
        rules = self.mounted(name, "/etc/prometheus/alerts.yml").read_text()
        (self.work / "alerts.yml").write_text(re.sub(r"\bfor: \d+m", "for: 2s", rules))
        text = self.local(self.mounted(name, "/etc/prometheus/prometheus.yml").read_text())
        text = text.replace("/etc/prometheus/alerts.yml", f"{self.work}/alerts.yml")
        text = re.sub(r"(scrape|evaluation)_interval: \d+s", r"\1_interval: 1s", text)
        (self.work / "prometheus.yml").write_text(text)
        self.spawn(name, ["prometheus", f"--config.file={self.work}/prometheus.yml",
                          f"--storage.tsdb.path={self.work}/prometheus",
                          f"--web.listen-address=127.0.0.1:{self.ports['prometheus:9090']}"])
        until(lambda: is_open(self.ports["prometheus:9090"]), "Prometheus listens")

    def kill(self, name):
        """Ends a process at once, and waits for its end."""
        # An immediate shutdown also ends the other processes of PostgreSQL.
        signal = 3 if name == "postgres" else 9
        self.processes[name].send_signal(signal)
        self.processes.pop(name).wait(timeout=20)

    def stop(self):
        for name in reversed(list(self.processes)):
            self.kill(name)

    def query(self, expression):
        """Returns the series of an instant query."""
        query = urllib.parse.urlencode({"query": expression})
        status, body = request(self.url("prometheus:9090", f"/api/v1/query?{query}"))
        assert status == 200, f"{expression}: {body}"
        return json.loads(body)["data"]["result"]

    def firing(self, alert):
        return self.query(f'ALERTS{{alertname="{alert}", alertstate="firing"}}')

