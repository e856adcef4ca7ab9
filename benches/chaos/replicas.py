"""Starts, kills and stops the replicas."""

import asyncio
import os
import random
import signal
import subprocess
import time

from servers import ADMIN, VESTIBULE, accepts

# Seconds within which a replica must start, and stop.
DEADLINE = 60
# The part of the kills that hit a replica while it starts.
KILLED_AT_START = 0.125


class Fleet:
    """Replicas of one service. `faults` has a sentence for each that failed to start or to stop."""

    def __init__(self, program, settings, count, folder):
        self.program, self.settings, self.folder = program, settings, folder
        self.ports = [VESTIBULE + number for number in range(count)]
        self.processes = [None] * count
        self.kills, self.stops, self.faults = 0, 0, []

    def environment(self, number):
        own = {"VESTIBULE__SERVER__PORT": VESTIBULE + number, "VESTIBULE__ADMIN__PORT": ADMIN + number}
        return os.environ | {name: str(value) for name, value in (self.settings | own).items()}

    async def start(self):
        taken = [port for port in self.ports if accepts(port)]
        if taken:
            raise SystemExit(f"another program listens on port {taken[0]}")
        for number in range(len(self.ports)):
            await self.launch(number)

    async def launch(self, number):
        """Starts a replica, and waits until it accepts connections."""
        self.spawn(number)
        deadline = time.monotonic() + DEADLINE
        while not accepts(self.ports[number]):
            if self.processes[number].poll() is not None or time.monotonic() > deadline:
                self.faults.append(f"replica {number} did not start: {self.errors(number)}")
                return
            await asyncio.sleep(0.005)

    def spawn(self, number):
        with open(self.folder / f"replica-{number}.log", "ab") as log:
            command = [self.program, "serve"]
            self.processes[number] = subprocess.Popen(command, env=self.environment(number), stdout=log, stderr=log)

    async def keep_killing(self, interval, until):
        """Kills a replica at random in each interval, and starts it again."""
        while time.monotonic() < until:
            next_kill = time.monotonic() + interval
            number = random.randrange(len(self.ports))
            self.kill(number)
            if random.random() < KILLED_AT_START:
                self.spawn(number)
                await asyncio.sleep(random.uniform(0, 0.05))
                self.kill(number)
            await self.launch(number)
            await asyncio.sleep(max(0, next_kill - time.monotonic()))

    def kill(self, number):
        process = self.processes[number]
        process.kill()
        # The unexpected end of a replica is a fault.
        if process.wait() != -signal.SIGKILL:
            self.faults.append(f"replica {number} ended by itself with {process.returncode}: {self.errors(number)}")
        self.kills += 1

    async def restart(self):
        """Replaces one replica after the other, as a deployment does."""
        for number in range(len(self.ports)):
            await self.end(number)
            await self.launch(number)

    async def stop(self):
        for number in range(len(self.ports)):
            await self.end(number)

    async def end(self, number):
        process = self.processes[number]
        process.send_signal(signal.SIGTERM)
        try:
            status = await asyncio.to_thread(process.wait, DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            status = f"nothing within {DEADLINE} s"
        self.stops += 1
        if status != 0:
            self.faults.append(f"replica {number} ended with {status} after SIGTERM: {self.errors(number)}")

    def kill_all(self):
        for process in filter(None, self.processes):
            process.kill()
            process.wait()

    def verify(self):
        """Runs `audit verify`. Returns its exit code and its output."""
        command = [self.program, "audit", "verify"]
        done = subprocess.run(command, env=self.environment(0), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout.strip()

    def errors(self, number):
        """Returns the last errors of a replica, without the lines of its log about single requests."""
        lines = (self.folder / f"replica-{number}.log").read_text(errors="replace").splitlines()
        return " / ".join([line for line in lines if not line.startswith("{") or '"level":"ERROR"' in line][-3:]) or "no error in its log"
