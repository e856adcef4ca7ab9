"""Checks names of settings and metrics, the files of compose, the alerts and the dashboard."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml
from common import BINARY, DEPLOY, ROOT, config_check, run, run_all, with_files


def check_names_of_settings():
    """Asserts that each VESTIBULE__ variable in any file is a setting."""
    names = set()
    for path in [*DEPLOY.rglob("*"), *(ROOT / ".github").rglob("*"), ROOT / "compose.yaml", ROOT / "docs/proxies.md"]:
        if path.is_file():
            names |= set(re.findall(r"\bVESTIBULE__[A-Z0-9_]*[A-Z0-9]", path.read_text()))
    assert len(names) > 10
    done = subprocess.run([BINARY, "config", "check"], env=dict.fromkeys(names, "1"), capture_output=True, text=True)
    unknown = [line for line in done.stderr.splitlines() if "unknown setting" in line]
    assert not unknown, "\n".join(unknown)
    # The check must find an unknown name among many.
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
    # The image has no sandbox unless the compose file of the trial asks for it.
    assert "\nARG CARGO_FEATURES=\n" in (ROOT / "Dockerfile").read_text()


def check_build_context():
    """Asserts that the build of the image has each file that the binary contains."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    given = [line.removeprefix("!") for line in lines if line.startswith("!")]
    contained = set()
    for source in [*ROOT.glob("src/**/*.rs"), *ROOT.glob("crates/*/src/**/*.rs")]:
        if "tests" in source.with_suffix("").parts:
            continue
        code = source.read_text().split("#[cfg(test)]\nmod tests {")[0]
        names = re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', code)
        contained |= {(source.parent / name).resolve().relative_to(ROOT) for name in names}
    assert len(contained) > 20
    for path in contained:
        assert any(path.is_relative_to(one) for one in given), f".dockerignore leaves out {path}"


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
    """Asserts that each metric is in the table of docs/monitoring.md."""
    table = (ROOT / "docs/monitoring.md").read_text()
    for name in set(re.findall(r"\bvestibule_(\w+)", text)):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        assert f"`{name}`" in table or f"`{base}`" in table, f"{place}: vestibule_{name} is unknown"


def check_dashboard():
    """Asserts that Grafana's own types read the dashboard without loss, so that all names and types are right."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models.dashboard import Dashboard

    path = DEPLOY / "grafana/vestibule.json"
    dashboard = json.loads(path.read_text())
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    assert_contains(read, dashboard, "vestibule.json")
    check_names_of_metrics(path.read_text(), "vestibule.json")
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    # A new metric can wait for its panel.
    table = (ROOT / "docs/monitoring.md").read_text().split("## Alerts")[0]
    names = re.findall(r"^\| `(\w+)` \| (?:counter|gauge|histogram)", table, re.MULTILINE)
    missing = [name for name in names if f"vestibule_{name}" not in path.read_text()]
    assert len(names) > 20
    if missing:
        print("note - on no panel: " + ", ".join(missing))


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


if __name__ == "__main__":
    run_all(globals())
