"""Clients of all kinds: sign-ups, repeated ones, confirms, resends, invalid forms, and pages."""

import asyncio
import itertools
import json
import random
import uuid
from collections import Counter

CLIENTS = 24
# Seconds between two requests of a client.
PAUSE = 0.1
PATIENCE = 20


class Traffic:
    """Sends requests until it is stopped. `seen` counts pairs of a kind and a status; 0 is no response."""

    def __init__(self, port):
        self.port, self.seen, self.numbers = port, Counter(), itertools.count()
        self.tasks = []

    def start(self):
        self.tasks = [asyncio.create_task(self.client()) for _ in range(CLIENTS)]

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def client(self):
        while True:
            number = next(self.numbers)
            name = f"user{number}@example.com"
            form = {"email": name, "password": f"Correct-Horse-{number}"}
            key = {"Idempotency-Key": str(uuid.uuid4())} if random.random() < 0.5 else {}
            kind = random.choices(["sign-up", "invalid form", "page"], [7, 2, 1])[0]
            if kind == "page":
                await self.send(kind, "/register/policy", None, {})
            elif kind == "invalid form":
                await self.send(kind, "/register", {"email": "nope", "password": "x"}, {})
            else:
                await self.send(kind, "/register", form, key)
                if random.random() < 0.3:
                    await self.send("repeated sign-up", "/register", form, key)
                if random.random() < 0.2:
                    await self.send("resend", "/register/resend", {"username": name}, {})
                if random.random() < 0.6:
                    await self.send("confirm", "/register/confirm", {"username": name, "code": "123456"}, {})

    async def send(self, kind, path, form, headers):
        body = json.dumps(form).encode() if form else b""
        head = f"{'POST' if form else 'GET'} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += f"X-Forwarded-For: 10.{random.randrange(200)}.{random.randrange(200)}.7\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        status = 0
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(head.encode() + body)
                    status = int((await reader.read()).split()[1])
                finally:
                    writer.transport.abort()
        except (OSError, IndexError, TimeoutError):
            pass
        self.seen[kind, status] += 1
        await asyncio.sleep(PAUSE)
