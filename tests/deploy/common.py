"""Helpers of the checks."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
BINARY = sys.argv[1]


def run(*command, **options):
    """Runs a command, which must succeed, and returns its output."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def config_check(environment, place, *options):
    """Asserts that the service accepts these settings without an error."""
    command = [BINARY, "config", "check", *map(str, options)]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder)
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


def run_all(names):
    """Runs the functions that are called check_… and have no parameter."""
    for name, check in names.items():
        if name.startswith("check_") and check.__code__.co_argcount == 0:
            check()
            print(f"ok - {name.removeprefix('check_').replace('_', ' ')}", flush=True)
