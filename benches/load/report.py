"""Prints the measurements as the tables of docs/performance.md."""

import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from servers import LOAD_CORE, SERVER_CORE


def describe_machine():
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", info, re.M)
    disk = ["df", "--output=fstype", tempfile.gettempdir()]
    file_system = subprocess.run(disk, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    return (
        f"{os.cpu_count()} cores of {model.group(1) if model else 'an unnamed processor'}, Linux {os.uname().release}, "
        f"databases on {file_system}"
    )


def describe_run(rounds=None, seconds=None):
    rounds = "" if not rounds else f" One round of {seconds} s." if rounds == 1 else f" Medians of {rounds} interleaved rounds of {seconds} s."
    return (
        f"{describe_machine()}. The server has core {SERVER_CORE} and one worker; load, stub and PostgreSQL "
        f"share core {LOAD_CORE}.{rounds}"
    )


def print_cases(cases):
    print("\n| `POST /register` | CPU µs | × bare | target (stretch) | p50 ms | × bare | p99 ms | requests/s | PostgreSQL's CPU µs |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for case in cases:
        if case.connections == 1:
            continue
        database = f"{median(case, 'database'):.0f}" if "database" in case.rounds[0] else ""
        print(
            f"| {case.title} | {median(case, 'cpu'):.1f} | {ratio(case, 'cpu')} | {case.target} | {median(case, 'p50'):.2f} "
            f"| {ratio(case, 'p50')} | {median(case, 'p99'):.2f} | {median(case, 'rate'):,.0f} | {database} |"
        )


def print_store(cases, fills):
    rows = [(case.title, f"{median(case, 'store'):.0f} µs", case.target) for case in cases if case.connections == 1]
    rows += [(f"on disk, tables and indexes, {name}", f"{each:.0f} bytes", "400") for name, (_, each) in fills.items()]
    if rows:
        print("\n| store, of a sign-up | measured | target |\n| --- | ---: | --- |")
    for title, measured, target in rows:
        print(f"| {title} | {measured} | {target} |")


def print_connections(cells):
    """Prints one table for each latency of Cognito."""
    for latency in dict.fromkeys(cell["latency"] for cell in cells):
        print(f"\nCognito responds after {latency} ms:\n")
        print("| `POST /register` | connections | requests/s | CPU µs | p50 ms | p99 ms | errors | memory MiB | load's core |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for cell in sorted((one for one in cells if one["latency"] == latency), key=lambda one: one["connections"]):
            print(
                f"| {cell['server']} | {cell['connections']:,} | {cell['rate']:,.0f} | {cell['cpu']:.1f} "
                f"| {cell['p50']:,.1f} | {cell['p99']:,.1f} | {describe_errors(cell)} "
                f"| {cell['resident'] / 2**20:.0f} | {cell['load_core']:.0%} |"
            )


def describe_errors(cell):
    names = {"rejected": "with an error status", "timeouts": "after 30 s", "broken": "broken connections"}
    found = [f"{cell[key]:,.0f} {name}" for key, name in names.items() if cell[key]]
    errors = f"{cell['failed']:.1%}: " + ", ".join(found) if found else "0"
    # Less may be the error of this figure.
    return errors + (f"; {cell['waiting']:.0%} of the connections wait" if cell["waiting"] > 0.5 else "")


def median(case, key):
    return statistics.median(one[key] for one in case.rounds)


def ratio(case, key):
    """Returns the median of the ratios within a round, which a noisy machine moves least."""
    if not case.base:
        return ""
    return f"{statistics.median(one[key] / base[key] for one, base in zip(case.rounds, case.base.rounds)):.2f}"


def print_memory(mode, samples):
    """Prints pairs of resident bytes and requests so far, one for each 30 s."""
    print(f"\nlimits.mode = {mode}\n\n| after | resident MiB | sign-ups |\n| ---: | ---: | ---: |")
    for number, (resident, requests) in enumerate(samples):
        print(f"| {number * 30} s | {resident / 2**20:.1f} | {requests:,} |")
    (first, before), (last, after) = samples[1], samples[-1]
    each = f"{(last - first) / (after - before):.1f} bytes per sign-up" if after > before else "no sign-ups"
    print(f"\nGrowth after the first 30 s: {(last - first) / 2**20:.1f} MiB, {each}.")
