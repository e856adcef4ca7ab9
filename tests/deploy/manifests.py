"""Checks the manifests for Kubernetes, AWS and systemd against schemas and against each other."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import botocore.session
import hcl2
import yaml
from botocore.validate import ParamValidator
from common import DEPLOY, ROOT, config_check, run, run_all, with_files

CHART = DEPLOY / "helm/vestibule"
# The chart needs 1.30. The newest version is that of the schemas.
KUBERNETES = ("1.30", "1.37")
# A URL and a key, as secrets have them.
SECRET_VALUES = {"VESTIBULE__DATABASE__URL": "postgres://vestibule:secret@db.internal/vestibule",
                 "VESTIBULE__DATABASE__KEY": "0123456789abcdef0123456789abcdef"}


def render(*options):
    return run("helm", "template", "vestibule", CHART, *options)


def check_helm_and_kustomize():
    run("helm", "lint", "--strict", CHART)
    everything = ("--set", "serviceMonitor.enabled=true,prometheusRule.enabled=true,"
                  "secrets.storePassword.name=vestibule-redis,secrets.migrationUrl.name=vestibule-owner")
    least = ("--set", "autoscaling.enabled=false,migration.enabled=false,networkPolicy.enabled=false,"
             "secrets.clientSecret.name=,image.digest=sha256:00")
    base = (DEPLOY / "kustomize/base/vestibule.yaml").read_text()
    assert base == render(), "kustomize/base is not the chart: see its kustomization.yaml"
    overlay = run("kubectl", "kustomize", DEPLOY / "kustomize/example")
    assert 'client_address_header = "CloudFront-Viewer-Address"' in overlay
    for text in (base, render(*everything), render(*least), overlay):
        check_kubernetes(text)


def check_kubernetes(text):
    resources = [one for one in yaml.safe_load_all(text) if one]
    # No schema of the operator's resources is in the package.
    known = [one for one in resources if not one["apiVersion"].startswith("monitoring.coreos.com")]
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "all.yaml"
        path.write_text(yaml.safe_dump_all(known))
        for version in KUBERNETES:
            run("kubernetes-validate", "--strict", "--quiet", "-k", version, path)
        of = lambda kind: [one for one in resources if one["kind"] == kind]
        for rule in of("PrometheusRule"):
            path.write_text(yaml.safe_dump(rule["spec"]))
            run("promtool", "check", "rules", path)
            assert rule["spec"] == yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())

    pods = [one["spec"]["template"] for one in [*of("Deployment"), *of("Job")]]
    replica = pods[0]
    labels = replica["metadata"]["labels"].items()
    selects = lambda selector: selector.items() <= labels
    ports = {port["name"]: port["containerPort"] for port in replica["spec"]["containers"][0]["ports"]}
    assert ports == {"http": 8080, "admin": 9090}, "the ports of config/default.toml"
    services = of("Service")
    for service in services:
        assert selects(service["spec"]["selector"])
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= set(ports)
    for monitor in of("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        found = [one for one in services if wanted <= one["metadata"]["labels"].items()]
        assert len(found) == 1, "the monitor selects one service"
        assert monitor["spec"]["endpoints"][0]["port"] in [port["name"] for port in found[0]["spec"]["ports"]]
    for policy in of("NetworkPolicy"):
        assert selects(policy["spec"]["podSelector"]["matchLabels"])
    for budget in of("PodDisruptionBudget"):
        assert selects(budget["spec"]["selector"]["matchLabels"])
    for job in of("Job"):
        own = job["spec"]["template"]["metadata"]["labels"].items()
        assert not services[0]["spec"]["selector"].items() <= own, "the service selects the migration"

    configs = {one["metadata"]["name"]: one["data"]["vestibule.toml"] for one in of("ConfigMap")}
    for pod in pods:
        check_pod(pod["spec"], configs)
    probes = replica["spec"]["containers"][0]
    paths = {probes[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert paths == {"/health/live", "/health/ready"}
    pause = probes["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert replica["spec"]["terminationGracePeriodSeconds"] >= pause + 30 + 5


def check_pod(spec, configs):
    """Asserts that the service accepts the settings of a pod, and that the pod mounts all files that they name."""
    container = spec["containers"][0]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert set(mounts) == set(volumes)
    secrets = [item["path"] for source in volumes["secrets"]["projected"]["sources"] for item in source["secret"]["items"]]
    environment = {one["name"]: one.get("value") or SECRET_VALUES[one["name"]] for one in container["env"]}
    for name, value in environment.items():
        if name.endswith("_FILE"):
            folder, _, file = value.rpartition("/")
            assert folder == mounts["secrets"] and file in secrets, f"{name}: {value} is not mounted"
    config = configs[volumes["config"]["configMap"]["name"]]
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "vestibule.toml"
        file.write_text(config)
        assert container["args"][1:3] == ["--config", f"{mounts['config']}/vestibule.toml"]
        config_check(with_files(environment, work), "the pod", "--config", file)


def check_ecs():
    session = botocore.session.get_session()
    task = json.loads((DEPLOY / "ecs/task-definition.json").read_text())
    shape = session.get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
    report = ParamValidator().validate(task, shape)
    assert not report.has_errors(), report.generate_report()
    container = task["containerDefinitions"][0]
    environment = {one["name"]: one["value"] for one in container["environment"]}
    environment |= {one["name"]: SECRET_VALUES[one["name"]] for one in container["secrets"]}
    # The image sets this variable.
    environment["VESTIBULE__SERVER__HOST"] = "0.0.0.0"
    config_check(environment, "task-definition.json")
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert container["healthCheck"]["command"][1] in dockerfile
    assert container["user"] in dockerfile
    assert container["stopTimeout"] > 30


def check_iam():
    """Asserts that each action is an operation of its service, and that the docs name it."""
    session = botocore.session.get_session()
    docs = "".join((ROOT / f"docs/{name}.md").read_text() for name in ("deployment", "doctor", "client-secret"))
    files = sorted((DEPLOY / "iam").glob("*.json"))
    listed = re.findall(r"\(iam/([\w-]+\.json)\)", (DEPLOY / "README.md").read_text())
    assert sorted(listed) == [path.name for path in files], "deploy/README.md lists all policies"
    for path in files:
        policy = json.loads(path.read_text())
        assert policy["Version"] == "2012-10-17"
        for statement in policy["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                service, _, operation = action.partition(":")
                assert operation in session.get_service_model(service).operation_names, f"{path.name}: {action}"
                assert action in docs or operation == "PutSecretValue", f"{path.name}: no page names {action}"
                assert f":{service}:" in statement["Resource"], f"{path.name}: {statement['Resource']}"


def check_terraform():
    folder = DEPLOY / "terraform"
    if shutil.which("terraform"):
        run("terraform", "fmt", "-check", folder)
    text = ""
    declared = {"resource": set(), "variable": set(), "data": set()}
    for path in sorted(folder.glob("*.tf")):
        for kind, blocks in hcl2.loads(path.read_text()).items():
            for block in blocks if kind in declared else []:
                for name, body in block.items():
                    names = [name] if kind == "variable" else [name, next(iter(body))]
                    declared[kind].add(".".join(part.strip('"') for part in names))
        # Comments and texts are not references. Interpolations are.
        lines = [re.sub(r"^\s*#.*|description\s*=.*", "", line) for line in path.read_text().splitlines()]
        text += "\n".join(lines)
    used = set(re.findall(r"\bvar\.(\w+)", text))
    assert used == declared["variable"], used ^ declared["variable"]
    resources = set(re.findall(r"(?<![\w.\"])(aws_\w+\.\w+)\b", text))
    assert resources <= declared["resource"], resources - declared["resource"]
    # AWS WAF finds the fields of the form by JSON pointers.
    api = json.loads((ROOT / "docs/openapi.json").read_text())
    pointers = re.findall(r'identifiers?\s*=\s*\[?"/(\w+)"', text)
    assert len(pointers) == 4 and set(pointers) <= set(api["components"]["schemas"]["RegistrationForm"]["properties"])
    assert "/register" in api["paths"] and '"^/register$"' in text


def check_systemd():
    unit = (DEPLOY / "systemd/vestibule.service").read_text()
    environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE))
    example = (ROOT / "config/production.example.toml").read_text()
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "vestibule.toml"
        # The variables of the unit take the place of these files.
        file.write_text(re.sub(r"^\w+_file = .*$", "", example, flags=re.MULTILINE))
        config_check(with_files(environment, work), "vestibule.service", "--config", file)
        if not shutil.which("systemd-analyze"):
            return
        # The unit names programs that are not installed. The check gets those of this machine.
        path = Path(work) / "vestibule.service"
        path.write_text(unit.replace("/usr/local/bin/vestibule", shutil.which("true")))
        done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, done.stderr
        level = subprocess.run(["systemd-analyze", "security", "--offline=true", path], capture_output=True, text=True)
        assert "OK" in level.stdout.splitlines()[-1], level.stdout.splitlines()[-1]


def check_workflows():
    """Asserts that each workflow has the schema of GitHub, pinned actions, and scripts without faults."""
    folder = ROOT / ".github"
    files = sorted((folder / "workflows").glob("*.yml"))
    assert [path.name for path in files] == ["ci.yml", "release.yml"]
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    run("check-jsonschema", "--builtin-schema", "vendor.dependabot", folder / "dependabot.yml")
    run("zizmor", "--offline", "--quiet", folder)
    makefile = (ROOT / "Makefile").read_text()
    for path in files:
        text = path.read_text()
        for use in re.findall(r"uses: (.*)", text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", use), f"{path.name}: {use}"
        for target in re.findall(r"\bmake ([a-z-]+)", text):
            assert f"\n{target}:" in makefile, f"{path.name}: make {target}"
        for job in yaml.safe_load(text)["jobs"].values():
            for script in [step["run"] for step in job["steps"] if "run" in step]:
                assert "${{" not in script, f"{path.name}: an expression in a script can run code"
                run("shellcheck", "--shell", "bash", "-", input=script)
    dockerfile = (ROOT / "Dockerfile").read_text()
    for argument in re.findall(r"^            (\w+)=\$", (folder / "workflows/release.yml").read_text(), re.MULTILINE):
        assert f"\nARG {argument}=" in dockerfile, argument


if __name__ == "__main__":
    run_all(globals())
