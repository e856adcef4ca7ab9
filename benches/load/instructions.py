"""Counts instructions per request, which repeat within 1 % where CPU times do not.

perf counts the instructions of user and kernel if the processor can. Otherwise callgrind counts
those of the user only. callgrind counts SHA-256 and copies in software. Its ratios are therefore
higher than those of CPU times.
"""

import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from servers import ask, load, running


def print_instructions(cases, fresh_url, seconds):
    counter = perf_instructions if perf_counts() else callgrind_instructions if shutil.which("valgrind") else None
    if not counter:
        print("\nNo instructions: neither perf nor valgrind can count them on this machine.")
        return
    counts = {case.title: counter(case, fresh_url, seconds) for case in cases}
    print(f"\n| instructions ({'user and kernel' if counter is perf_instructions else 'user'}) | per request | × bare |")
    print("| --- | ---: | ---: |")
    for case in cases:
        ratio = counts[case.title] / counts[case.base.title] if case.base else 1
        print(f"| {case.title} | {counts[case.title] / 1000:,.1f} k | {ratio:.2f} |")


def perf_counts():
    if not shutil.which("perf"):
        return False
    command = ["perf", "stat", "-e", "instructions:u,instructions:k", "true"]
    answer = subprocess.run(command, capture_output=True, text=True)
    return answer.returncode == 0 and "not supported" not in answer.stderr and "not counted" not in answer.stderr


def perf_instructions(case, fresh_url, seconds):
    with fresh_url(case) as url, running(case.server, url) as pid, tempfile.NamedTemporaryFile("r") as counts:
        load(case, "pw", 1)
        command = ["perf", "stat", "-x", ",", "-o", counts.name, "-e", "instructions:u,instructions:k", "-p", str(pid)]
        perf = subprocess.Popen(command)
        time.sleep(0.5)  # perf does not report when it has attached; the server is idle meanwhile.
        result = load(case, "p", seconds)
        perf.send_signal(signal.SIGINT)
        perf.wait()
        lines = [line.split(",") for line in counts.read().splitlines() if "instructions" in line]
    return sum(int(line[0]) for line in lines) / result["requests"]


def callgrind_instructions(case, fresh_url, _seconds):
    """Subtracts a shorter run from a longer one, and thereby the start, the stop and the connections."""
    short, long = (callgrind_total(case, fresh_url, seconds) for seconds in (4, 12))
    return (long[0] - short[0]) / (long[1] - short[1])


def callgrind_total(case, fresh_url, seconds):
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "callgrind.out"
        under = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={profile}"]
        with fresh_url(case) as url, running(case.server, url, under):
            ask(case)  # The first request takes valgrind seconds, longer than a whole run of wrk.
            requests = load(case, f"c{seconds}", seconds)["requests"]
        total = re.search(r"^(?:summary|totals): (\d+)", profile.read_text(), re.M).group(1)
    return int(total), requests
