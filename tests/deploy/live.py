"""Starts the fleet of deploy/compose, and checks proxy, metrics, dashboard and alerts."""

import http.server
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from itertools import count
from pathlib import Path

from fleet import ROOT, Fleet, request, until

PASSWORD = "Correct-horse-7"
numbers = count()


class PwnedPasswords(http.server.BaseHTTPRequestHandler):
    """A range of Have I Been Pwned without passwords."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def sign_up(url, name=None, **fields):
    """Sends a form. Each has a client address of its own, so that no rate limit is reached by chance."""
    email = f"{name or f'ada{next(numbers)}'}@example.com"
    address = f"127.9.{next(numbers) // 250}.{next(numbers) % 250}"
    # A replica reads the header, because it trusts 127.0.0.1. nginx appends the address of the peer.
    headers = [("X-Forwarded-For", address)]
    status, _ = request(f"{url}/register", {"email": email, "password": PASSWORD, **fields}, headers)
    return email, status


def confirm(fleet, url, email):
    _, inbox = request(fleet.url("sandbox:8080", "/sandbox/inbox"))
    messages = json.loads(inbox)["messages"]
    code = next(one["code"] for one in reversed(messages) if email in json.dumps(one))
    return request(f"{url}/register/confirm", {"username": email, "code": code})[0]


def check_proxy(fleet):
    """Asserts that both replicas get requests through nginx, and log the client's address."""
    url = fleet.url("nginx:8080")
    for number in range(8):
        form = {"email": f"proxy{number}@example.com", "password": PASSWORD}
        forged = [("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9")]
        status, text = request(f"{url}/register", form, forged, source="127.0.0.77")
        assert status in (201, 202), text
    for name in ("replica-1", "replica-2"):
        lines = [json.loads(line) for line in fleet.log(name).splitlines()]
        addresses = {line["client_address"] for line in lines if line["message"] == "answered"}
        assert addresses == {"127.0.0.77"}, f"{name}: {addresses}"
    assert request(f"{url}/sandbox/inbox")[0] == 200
    assert request(f"{url}/metrics")[0] == 404, "nginx publishes the admin listener"


def make_traffic(fleet):
    """Sends requests with every kind of result, to both replicas."""
    first, second = fleet.url("sandbox:8081"), fleet.url("sandbox:8082")
    for url in (first, second):
        email, status = sign_up(url)
        assert status in (201, 202)
        assert confirm(fleet, url, email) == 200
        email, _ = sign_up(url)
        request(f"{url}/register/resend", {"username": email})
        for case in ("lambda-refusal", "lambda-crash", "unexpected-lambda", "resource-not-found",
                     "created-then-internal-error", "throttling", "code-delivery-failure"):
            sign_up(url, f"signup.{case}")
    # A repeated sign-up in conceal mode.
    email, _ = sign_up(second)
    sign_up(second, email.partition("@")[0])
    # The service closes a connection whose bytes are not HTTP.
    for name in ("sandbox:8081", "sandbox:8082"):
        with socket.create_connection(("127.0.0.1", fleet.ports[name]), timeout=20) as one:
            one.sendall(b"not HTTP\r\n\r\n")
            one.recv(1024)
    # More than the budget of one address.
    for _ in range(60):
        request(f"{first}/register", {}, [("X-Forwarded-For", "127.8.0.1")])


def reload_secret(fleet):
    for name in ("replica-1", "replica-2"):
        fleet.processes[name].send_signal(signal.SIGHUP)


def check_metrics(fleet):
    """Runs `promtool check metrics` on the text of a replica."""
    for name in ("sandbox:9091", "sandbox:9092"):
        text = request(fleet.url(name, "/metrics"), headers=[("Accept", "text/plain;version=0.0.4")])[1]
        check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        assert check.returncode == 0, check.stdout + check.stderr


def check_dashboard(fleet):
    """Asserts that each query of the dashboard returns data."""
    dashboard = json.loads((ROOT / "deploy/grafana/vestibule.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    for variable, value in (("$__rate_interval", "5m"), ("$job", ".*vestibule.*"), ("$instance", ".*")):
        queries = [query.replace(variable, value) for query in queries]
    assert len(queries) > 30
    for query in queries:
        series = until(lambda: fleet.query(query), f"the query returns data: {query}")
        assert any(one["value"][1] != "NaN" for one in series), f"only NaN: {query}"
    return len(queries)


def play_failures(fleet):
    """Causes failures. Each one fires its alert, and the alert of an outage ends with it."""
    fires = lambda alert: until(lambda: fleet.firing(alert), f"{alert} fires")
    ends = lambda alert: until(lambda: not fleet.firing(alert), f"{alert} ends")
    fired = ["VestibuleMisconfigured", "VestibuleTriggerFails", "VestibuleTriggerGivesNoReason",
             "VestibuleUnknownOutcomes", "VestibuleErrorBudgetBurn", "VestibuleManyRateLimited",
             "VestibuleThrottledByCognito", "VestibuleCodesNotDelivered"]
    for alert in fired:
        fires(alert)

    # Many codes to one country, without a confirmation.
    fleet.sql("insert into calling_codes select extract(epoch from now())::bigint / 60 - 10, 44, 100, 0")
    secret = Path(fleet.paths["/run/secrets/vestibule"]) / "cognito_client_secret"
    secret.unlink()
    for failures in (1, 2):
        reload_secret(fleet)
        failed = 'min(vestibule_client_secret_reloads_total{outcome="failed"}) >= ' + str(failures)
        until(lambda: fleet.query(failed), f"Prometheus has {failures} failed reloads")
    fires("VestibuleClientSecretNotReloaded")
    fires("VestibuleSmsPumping")

    fleet.kill("redis")
    fleet.kill("postgres")
    # A replica notices a lost store at the next request.
    sign_up(fleet.url("sandbox:8081"))
    sign_up(fleet.url("sandbox:8082"))
    fires("VestibuleRateLimitStoreUnavailable")
    fires("VestibuleDatabaseUnavailable")
    fleet.redis("redis")
    fleet.postgres("postgres")
    ends("VestibuleDatabaseUnavailable")
    ends("VestibuleRateLimitStoreUnavailable")
    # By now, the database and its failures have data, too.
    say(f"{check_dashboard(fleet)} queries of the dashboard return data")

    fleet.kill("replica-1")
    fires("VestibuleDown")
    # nginx sends the requests to the other replica.
    status, text = request(fleet.url("nginx:8080", "/register/policy"))
    assert status == 200, text
    return [*fired, "VestibuleClientSecretNotReloaded", "VestibuleSmsPumping",
            "VestibuleRateLimitStoreUnavailable", "VestibuleDatabaseUnavailable", "VestibuleDown"]


def check(fleet):
    fleet.start()
    say("the fleet is ready")
    check_proxy(fleet)
    check_metrics(fleet)
    until(lambda: fleet.query('sum(up{job="vestibule"}) == 2'), "Prometheus scrapes both replicas")
    # VestibuleAbsent is pending until the first scrape.
    until(lambda: not fleet.query("ALERTS"), "no alert is pending or fires without a failure")
    say("both replicas get requests and see the client's address; no alert fires")
    reload_secret(fleet)
    for rounds in (1, 2):
        make_traffic(fleet)
        # A counter shows an increase from its second value on.
        resends = f"min(sum by (instance) (vestibule_resends_total)) >= {rounds}"
        until(lambda: fleet.query(resends), "Prometheus has the values")
    check_metrics(fleet)
    say("alerts that fired: " + ", ".join(play_failures(fleet)))


def say(sentence):
    print(f"ok - {sentence}", flush=True)


def main():
    pwned = http.server.ThreadingHTTPServer(("127.0.0.1", 0), PwnedPasswords)
    threading.Thread(target=pwned.serve_forever, daemon=True).start()
    # The second replica also uses what is off by default, so that all metrics have data.
    changes = {"LOG__CLIENT_ADDRESS": "full", "LIMITS__MESSAGE_COOLDOWN__MODE": "off",
               "LIMITS__MESSAGES_PER_RECIPIENT__MODE": "off", "LIMITS__SIGN_UPS_PER_RECIPIENT__MODE": "off",
               "LIMITS__SMS__ALLOW": "GB"}
    more = {"REGISTRATION__EXISTING_ACCOUNTS": "conceal", "REGISTRATION__CONCEAL_RESPONSE_INTERVAL": "0s",
            "REGISTRATION__CONCEAL_SILENT_RESEND": "true", "REGISTRATION__PWNED_PASSWORDS__CHECK": "true",
            "REGISTRATION__PWNED_PASSWORDS__URL": f"http://127.0.0.1:{pwned.server_port}",
            "BOT_CHECK__PROVIDER": "proof_of_work", "BOT_CHECK__REQUIRE": "above_threshold",
            "BOT_CHECK__THRESHOLD__REGISTER": "90", "BOT_CHECK__THRESHOLD__NETWORK": "190"}
    with tempfile.TemporaryDirectory(prefix="vestibule-deploy.") as work:
        Path(work).chmod(0o755)
        fleet = Fleet(sys.argv[1], work, {"replica-1": changes, "replica-2": changes | more})
        try:
            check(fleet)
        except BaseException:
            for name in fleet.processes:
                print(f"--- {name}\n{fleet.log(name)[-1500:]}")
            raise
        finally:
            fleet.stop()


if __name__ == "__main__":
    main()
