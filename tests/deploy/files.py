"""Checks the files of deploy/ without starting anything: settings, schemas and references."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
BINARY = sys.argv[1]


def run(*command, **options):
    """Runs a command, which must succeed, and returns its output."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def config_check(environment, place, work=None):
    """The service accepts these settings, without an error."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([BINARY, "config", "check"], env=environment, capture_output=True, text=True,
                              cwd=work or folder)
    assert done.returncode == 0, f"{place}: {done.stdout}{done.stderr}"


def with_files(environment, work):
    """Writes the files that settings name below /run/secrets and /etc, and changes their paths."""
    changed = {}
    for name, value in environment.items():
        if name.endswith("_FILE"):
            path = Path(work) / value.strip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("0123456789abcdef0123456789abcdef0123456789abcdef")
            value = str(path)
        changed[name] = value
    return changed


def check_names_of_settings():
    """Each VESTIBULE__ variable that any file names is a setting."""
    names = set()
    for path in [*DEPLOY.rglob("*"), *(ROOT / ".github").rglob("*"), ROOT / "compose.yaml"]:
        if path.is_file():
            names |= set(re.findall(r"\bVESTIBULE__[A-Z0-9_]*[A-Z0-9]", path.read_text()))
    assert len(names) > 10
    done = subprocess.run([BINARY, "config", "check"], env=dict.fromkeys(names, "1"), capture_output=True, text=True)
    unknown = [line for line in done.stderr.splitlines() if "unknown setting" in line]
    assert not unknown, "\n".join(unknown)
    # The check finds an unknown name among many.
    done = subprocess.run([BINARY, "config", "check"], env=dict.fromkeys([*names, "VESTIBULE__SERVER__PROT"], "1"),
                          capture_output=True, text=True)
    assert "PROT" in done.stderr, done.stderr


def check_compose():
    for path in (DEPLOY / "compose/compose.yaml", ROOT / "compose.yaml"):
        run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", path)
    services = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())["services"]
    for name, service in services.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (DEPLOY / "compose" / source).exists(), f"{name}: {source}"
    with tempfile.TemporaryDirectory() as work:
        for name in ("replica-1", "replica-2"):
            config_check(with_files(services[name]["environment"], work), name)
    # The commented example in the root needs a pool.
    run("grep", "-q", "^ARG CARGO_FEATURES=$", ROOT / "Dockerfile")


def check_alerts():
    rules = DEPLOY / "prometheus/alerts.yml"
    run("promtool", "check", "rules", "--lint=all", "--lint-fatal", rules)
    with tempfile.TemporaryDirectory() as work:
        shutil.copy(rules, work)
        tests = shutil.copy(Path(__file__).parent / "alerts_test.yml", work)
        run("promtool", "test", "rules", tests)
        shutil.copytree(DEPLOY / "compose", f"{work}/compose")
        text = (DEPLOY / "compose/prometheus.yml").read_text().replace("/etc/prometheus/alerts.yml", str(rules))
        Path(f"{work}/prometheus.yml").write_text(text)
        run("promtool", "check", "config", f"{work}/prometheus.yml")
    alerts = [rule for group in yaml.safe_load(rules.read_text())["groups"] for rule in group["rules"]]
    headings = re.findall(r"^## (Vestibule\w+)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)
    assert sorted(headings) == sorted(rule["alert"] for rule in alerts), "the runbook has a section for each alert"
    tested = (Path(__file__).parent / "alerts_test.yml").read_text()
    for rule in alerts:
        name = rule["alert"]
        assert f'{{alertname="{name}"}}' in tested, f"{name} has no unit test"
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), name
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}", name
    check_names_of_metrics(json.dumps([rule["expr"] for rule in alerts]), "alerts.yml")


def check_names_of_metrics(text, place):
    """Each metric is in the table of docs/monitoring.md."""
    table = (ROOT / "docs/monitoring.md").read_text()
    for name in set(re.findall(r"\bvestibule_(\w+)", text)):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        assert f"`{name}`" in table or f"`{base}`" in table, f"{place}: vestibule_{name} is unknown"


def check_dashboard():
    """Grafana's own types read the dashboard without loss: all names and types are right."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models.dashboard import Dashboard

    path = DEPLOY / "grafana/vestibule.json"
    dashboard = json.loads(path.read_text())
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    assert_contains(read, dashboard, "vestibule.json")
    check_names_of_metrics(path.read_text(), "vestibule.json")
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    # All metrics of the service are on the dashboard.
    table = (ROOT / "docs/monitoring.md").read_text().split("## Alerts")[0]
    for name in re.findall(r"^\| `(\w+)` \| (?:counter|gauge|histogram)", table, re.MULTILINE):
        assert f"vestibule_{name}" in path.read_text(), f"{name} is on no panel"


def assert_contains(outer, inner, place):
    if isinstance(inner, dict):
        for key, value in inner.items():
            assert key in outer, f"{place}: {key} is not a name that Grafana knows"
            assert_contains(outer[key], value, f"{place}/{key}")
    elif isinstance(inner, list):
        assert len(outer) == len(inner), place
        for number, (one, other) in enumerate(zip(outer, inner)):
            assert_contains(one, other, f"{place}/{number}")
    else:
        assert outer == inner, f"{place}: {outer} is not {inner}"


def main():
    checks = [value for name, value in globals().items()
              if name.startswith("check_") and value.__code__.co_argcount == 0]
    for check in checks:
        check()
        print(f"ok - {check.__name__.removeprefix('check_').replace('_', ' ')}", flush=True)


if __name__ == "__main__":
    main()
