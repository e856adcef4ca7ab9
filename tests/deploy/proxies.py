"""Runs the configurations of docs/proxies.md: recorded headers on the service, and a real nginx."""

import http.client
import json
import os
import re
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import tomllib
from pathlib import Path

from fleet import free_ports, is_open, request, until

ROOT = Path(__file__).resolve().parent.parent.parent
# The proxies of the test. They take the place of the networks of the page.
TRUSTED = "127.0.1.0/24"
PROXY = "127.0.1.5"
STRANGER = "127.0.2.9"


class Service:
    """The service with the settings of a section of the page."""

    def __init__(self, binary, work, name, text):
        self.port, self.admin = free_ports(2)
        self.log = Path(work) / f"{name}.log"
        settings = tomllib.loads(text)
        self.socket = Path(work) / f"{name}.sock"
        text = text.replace("/run/vestibule/vestibule.sock", str(self.socket))
        networks = r"trusted_proxies = \[.*?\]"
        text = re.sub(networks, f'trusted_proxies = ["{TRUSTED}", "127.0.0.1"]', text, flags=re.DOTALL)
        file = Path(work) / f"{name}.toml"
        file.write_text(text)
        environment = {"PATH": os.environ["PATH"]} | {f"VESTIBULE__{key}": value for key, value in {
            # All addresses are on loopback.
            "SERVER__HOST": "127.0.0.1", "SERVER__PORT": str(self.port),
            "ADMIN__HOST": "127.0.0.1", "ADMIN__PORT": str(self.admin),
            "LOG__CLIENT_ADDRESS": "full", "DATABASE__URL": f"sqlite:{work}/{name}.db",
            "DATABASE__KEY": "0123456789abcdef0123456789abcdef",
            "COGNITO__REGION": "eu-central-1", "COGNITO__USER_POOL_ID": "eu-central-1_EXAMPLE12",
            "COGNITO__CLIENT_ID": "1example23456789", "COGNITO__CLIENT_SECRET": "not-a-secret",
            # No request of this test reaches a pool.
            "COGNITO__ENDPOINT": "http://127.0.0.1:9"}.items()}
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", binary, "serve", "--config", file],
            env=environment, stdout=self.log.open("wb"), stderr=subprocess.STDOUT, cwd=work)
        until(lambda: is_open(self.port), f"the service of {name} listens: {self.log.read_text()}")

    def address(self, headers, source):
        """Sends a form, and returns the address in its log line."""
        number = str(len(self.log.read_text()))
        # The page has an X-Request-Id in none of its examples.
        headers = [*headers, ("X-Request-Id", f"case-{number}")]
        status, text = request(f"http://127.0.0.1:{self.port}/register", {}, headers, source)
        assert status == 422, text
        return self.logged(f"case-{number}")

    def whoami(self, headers, source):
        """Returns what the admin listener says about a request."""
        status, text = request(f"http://127.0.0.1:{self.admin}/whoami", None, headers, source)
        assert status == 200, text
        return json.loads(text)

    def logged(self, request_id):
        line = until(lambda: self.line(request_id), "the request is logged")
        return json.loads(line)["client_address"]

    def line(self, request_id):
        lines = self.log.read_text().splitlines()
        return next((line for line in lines if f'"{request_id}"' in line and '"answered"' in line), None)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=40) == 0


def sections():
    """Yields each section of the page with settings: its name, settings, cases, and nginx block."""
    page = (ROOT / "docs/proxies.md").read_text()
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        settings = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
        if not settings:
            continue
        assert len(settings) == 1
        cases = re.findall(r"```http\n(.*?)```\n\nThe client is `([^`]+)`", section, re.DOTALL)
        server = tomllib.loads(settings[0])["server"]
        has_header = "trusted_proxies" in server and not server.get("proxy_protocol")
        assert bool(cases) == has_header and len(cases) == section.count("```http"), section.splitlines()[0]
        nginx = re.search(r"```(?:nginx|text)\n(.*?)```", section, re.DOTALL)
        yield section.splitlines()[0], settings[0], cases, nginx and nginx[1]


def headers_of(text):
    lines = [line.partition(": ") for line in text.splitlines()[1:]]
    # urllib's replacement sends Host itself.
    return [(name, value) for name, _, value in lines if name != "Host"]


def check_recorded_headers(service, name, cases):
    for text, client in cases:
        headers = headers_of(text)
        # Without its header, the service knows the address of the connection only.
        others = [header for header in headers if header[0].lower() != name.lower()]
        assert len(others) < len(headers) and service.address(others, PROXY) == PROXY, text
        assert service.address(headers, PROXY) == client, text
        # The header of a peer that is not a proxy has no effect.
        assert service.address(headers, STRANGER) == STRANGER, text
        seen = service.whoami(headers, PROXY)
        assert (seen["peer"], seen["client_address"], seen["header_ignored"]) == (PROXY, client, None), seen
        assert service.whoami(others, PROXY)["header_ignored"] == "missing", text
        assert service.whoami(headers, STRANGER)["header_ignored"] == "peer_not_trusted", text


class Closing(socketserver.BaseRequestHandler):
    """A replica that dies in the middle of a request."""

    requests = 0

    def handle(self):
        if self.request.recv(65536):
            Closing.requests += 1


def check_unix_socket(block, service, work):
    port, = free_ports(1)
    block = block.replace("/run/vestibule/vestibule.sock", str(service.socket))
    process = start_nginx(f"server {{ listen 127.0.0.1:{port}; {block} }}", port, work)
    headers = [("X-Request-Id", "unix"), ("X-Forwarded-For", "192.0.2.66")]
    status, text = request(f"http://127.0.0.1:{port}/register", {}, headers, "127.0.0.77")
    assert status == 422, text
    assert service.logged("unix") == "127.0.0.77"
    process.terminate()
    process.wait(timeout=20)


def check_haproxy(text, service, work):
    port, = free_ports(1)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", f"{work}/haproxy.pem.key", "-out", f"{work}/haproxy.pem", "-subj", "/CN=localhost"],
                   check=True, capture_output=True)
    text = text.replace("bind :443", f"bind 127.0.0.1:{port}").replace("/etc/haproxy/tls/server.pem", f"{work}/haproxy.pem")
    text = text.replace("10.0.2.11:8080", f"127.0.0.1:{service.port}").replace("9090", str(service.admin))
    (Path(work) / "haproxy.cfg").write_text(f"global\n    stats socket {work}/haproxy.sock\n{text}")
    run = ["setpriv", "--pdeathsig", "KILL", "haproxy", "-db", "-f", f"{work}/haproxy.cfg"]
    process = subprocess.Popen(run, stderr=(Path(work) / "haproxy.log").open("wb"))

    def is_healthy():
        with socket.socket(socket.AF_UNIX) as one:
            if one.connect_ex(f"{work}/haproxy.sock"):
                return False
            one.sendall(b"show stat\n")
            return "L7OK" in one.makefile().read()

    until(is_healthy, "HAProxy finds the replica healthy")
    for number in range(2):
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port, context=ssl._create_unverified_context(), timeout=20, source_address=("127.0.0.77", 0))
        headers = {"Content-Type": "application/json", "X-Request-Id": f"haproxy-{number}", "X-Forwarded-For": "192.0.2.66"}
        connection.request("POST", "/register", "{}", headers)
        assert connection.getresponse().status == 422
        assert service.logged(f"haproxy-{number}") == "127.0.0.77"
        connection.close()
    process.terminate()
    process.wait(timeout=20)


def start_nginx(text, port, work):
    (Path(work) / "nginx.conf").write_text(
        f"daemon off; user root; pid {work}/nginx.pid; error_log stderr; events {{}} http {{ access_log off; {text} }}")
    run = ["setpriv", "--pdeathsig", "KILL", "nginx", "-c", f"{work}/nginx.conf"]
    process = subprocess.Popen(run, stderr=(Path(work) / "nginx.log").open("ab"))
    until(lambda: is_open(port), "nginx listens")
    return process


def check_nginx(block, service, work):
    closing = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Closing)
    threading.Thread(target=closing.serve_forever, daemon=True).start()
    dead, port = free_ports(2)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", f"{work}/server.key", "-out", f"{work}/server.pem", "-subj", "/CN=localhost"],
                   check=True, capture_output=True)

    def start(first, second):
        text = block.replace("10.0.2.11:8080", f"127.0.0.1:{first}").replace("10.0.2.12:8080", f"127.0.0.1:{second}")
        text = text.replace("/etc/nginx/tls", str(work)).replace("listen 443", f"listen 127.0.0.1:{port}")
        return start_nginx(text, port, work)

    def send(request_id, body="{}", path="/register", source="127.0.0.77", **headers):
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port, context=context, timeout=20, source_address=(source, 0))
        headers = {"Host": "register.example.com", "Content-Type": "application/json", "X-Request-Id": request_id,
                   "X-Forwarded-For": "192.0.2.66", **headers}
        connection.request("POST" if path == "/register" else "GET", path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text

    # The page shows how to route one path to the admin port.
    page = (ROOT / "docs/proxies.md").read_text()
    route = re.search(r"```nginx\n(location = /whoami .*?)```", page, re.DOTALL)[1]
    route = route.replace("10.0.2.11:9090", f"127.0.0.1:{service.admin}").replace("203.0.113.7", "127.0.0.77")
    block = block.replace("    location / {", route + "    location / {")

    # One replica does not listen. The other one gets every request.
    nginx = start(service.port, dead)
    for number in range(4):
        # A page of the same origin: nginx passes Host on.
        status, text = send(f"nginx-{number}", Origin="https://register.example.com")
        assert status == 422, text
        assert service.logged(f"nginx-{number}") == "127.0.0.77"
    status, text = send("nginx-foreign", Origin="https://www.example.org")
    assert (status, json.loads(text)["code"]) == (403, "cross_site"), text
    status, text = send("nginx-large", body='{"email": "' + "a" * 20000 + '"}')
    assert (status, json.loads(text)["code"]) == (413, "body_too_large"), text
    _, text = send("nginx-whoami", path="/whoami", Origin="https://register.example.com")
    seen = json.loads(text)
    assert seen["header_lines"] == ["192.0.2.66, 127.0.0.77"], seen
    assert (seen["peer"], seen["client_address"]) == ("127.0.0.1", "127.0.0.77"), seen
    assert (seen["host"], seen["is_cross_site"]) == ("register.example.com", False), seen
    assert send("nginx-foreign-whoami", path="/whoami", source="127.0.0.78")[0] == 403
    nginx.terminate()
    nginx.wait(timeout=20)

    # One replica dies while it has a request. nginx does not send it to the other one.
    nginx = start(closing.server_address[1], closing.server_address[1])
    status, _ = send("nginx-closed")
    assert status == 502 and Closing.requests == 1, f"{status}, sent {Closing.requests} times"
    nginx.terminate()
    nginx.wait(timeout=20)
    closing.shutdown()


def main():
    names = {}
    with tempfile.TemporaryDirectory(prefix="vestibule-proxies.") as work:
        for name, settings, cases, nginx in sections():
            service = Service(sys.argv[1], work, name.replace(" ", "-"), settings)
            header = tomllib.loads(settings)["server"].get("client_address_header", "X-Forwarded-For")
            if cases:
                check_recorded_headers(service, header, cases)
            if "unix_socket" in tomllib.loads(settings)["server"]:
                check_unix_socket(nginx, service, work)
            elif not cases:
                check_haproxy(nginx, service, work)
            elif nginx:
                check_nginx(nginx, service, work)
            service.stop()
            names[name] = len(cases)
    assert len(names) == 7
    recorded = [f"{name} ({count})" for name, count in names.items() if count]
    print("ok - recorded headers of " + ", ".join(recorded))
    print("ok - a real nginx with the configurations of the page, also through a unix socket, and a real HAProxy")


if __name__ == "__main__":
    main()
