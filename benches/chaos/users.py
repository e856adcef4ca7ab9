"""The users. They send forms, repeat them and confirm. The script records each request with its response."""

import asyncio
import itertools
import json
import random
import time
import uuid
from dataclasses import dataclass, field

# The status of a response that did not arrive.
LOST = 0
# Responses that ask the user to send the form again.
TEMPORARY = {LOST, 429, 500, 502, 503, 504}
# Parts of the users, and of their requests.
TWO_SHARE, THREE_SHARE = 0.35, 0.15
DOUBLE_CLICK, HANG_UP, REPEAT, ANOTHER_NETWORK, SAME_OFFICE = 0.15, 0.08, 0.5, 0.1, 0.2
# Seconds that a client waits for a response: during the faults, and after them.
PATIENCE, CALM_PATIENCE = 4, 12
# A request whose replica was killed is in progress until its lease ends, 6 s after its start.
SETTLE_WITHIN = 30
SENDERS = 64


@dataclass(eq=False)
class User:
    """A user of one address with a password of their own. `keys` is the part of requests with a key."""

    name: str
    password: str
    networks: list
    is_recipient: bool
    keys: float
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    history: list = field(default_factory=list)


@dataclass(eq=False)
class Exchange:
    """A request, and the response that the user saw. Times are of the clock that Cognito uses as well."""

    user: User
    path: str
    request: str
    key: str | None
    network: str
    sent_at: float
    ended_at: float = 0.0
    status: int = LOST
    body: bytes = b""
    is_replayed: bool = False
    is_calm: bool = False
    told: dict = field(default_factory=dict)

    @property
    def code(self):
        """The `code` of a problem, or the `status` of a success."""
        return self.told.get("code") or self.told.get("status")

    @property
    def is_final(self):
        return self.status not in TEMPORARY and self.code != "request_in_progress"


class Crowd:
    """All users, in groups that share an address."""

    def __init__(self, cognito, ports):
        self.cognito, self.ports = cognito, ports
        self.groups = []
        self.numbers = itertools.count()

    def users(self):
        return [user for group in self.groups for user in group]

    async def keep_coming(self, until):
        """Sends one group after the other until a time."""
        while time.monotonic() < until:
            group = self.new_group()
            self.groups.append(group)
            await asyncio.gather(*(self.live(user, until) for user in group))

    def new_group(self):
        drawn = random.random()
        size = 3 if drawn < THREE_SHARE else 2 if drawn < THREE_SHARE + TWO_SHARE else 1
        name = f"user-{len(self.groups)}@example.com"
        users = []
        for number in range(size):
            networks = [self.new_network()]
            if users and random.random() < SAME_OFFICE:
                networks = users[0].networks[:1]
            if random.random() < ANOTHER_NETWORK:
                networks.append(self.new_network())
            keys = random.choice([0, 0, 0.5, 1, 1])
            users.append(User(name, f"Correct-Horse-{number}", networks, number == 0, keys))
        random.shuffle(users)
        return users

    def new_network(self):
        number = next(self.numbers)
        return f"10.{number >> 8}.{number & 255}"

    async def live(self, user, until):
        """Sends a form, repeats it, and confirms if a code came."""
        await asyncio.sleep(random.choice([0, 0, random.uniform(0, 0.5)]))
        for _ in range(random.randint(2, 7)):
            if time.monotonic() > until:
                return
            last = await self.click(user, "/register")
            if last.is_final and random.random() > REPEAT:
                break
            await asyncio.sleep(random.uniform(0.05, 0.5))
        for _ in range(random.choice([0, 2, 3])):
            if not self.has_code(user) or time.monotonic() > until:
                return
            await self.click(user, "/register/confirm")
            await asyncio.sleep(random.uniform(0.02, 0.3))

    def has_code(self, user):
        """Returns `True` if the user receives the address's mail, and the form led to the field for the code."""
        was_asked = any(one.told.get("next") == "confirm" for one in user.history)
        return user.is_recipient and user.name in self.cognito.accounts and was_asked

    async def click(self, user, path):
        """Sends a form once, or twice at the same time. Returns the last exchange."""
        key = user.key if random.random() < user.keys else None
        count = 2 if random.random() < DOUBLE_CLICK else 1
        return (await asyncio.gather(*(self.send(user, path, key) for _ in range(count))))[-1]

    async def send(self, user, path, key, patience=None):
        network = random.choice(user.networks)
        exchange = Exchange(user, path, str(uuid.uuid4()), key, network, time.monotonic(), is_calm=bool(patience))
        user.history.append(exchange)
        hangs_up = not patience and random.random() < HANG_UP
        try:
            async with asyncio.timeout(random.uniform(0.01, 0.15) if hangs_up else patience or PATIENCE):
                await self.exchange(exchange)
        except (OSError, EOFError, TimeoutError):
            exchange.status = LOST
        exchange.ended_at = time.monotonic()
        return exchange

    async def exchange(self, exchange):
        reader, writer = await asyncio.open_connection("127.0.0.1", random.choice(self.ports))
        try:
            writer.write(self.request(exchange))
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        finally:
            writer.transport.abort()
        exchange.status, exchange.body, exchange.told = int(head[0].split()[1]), body, json.loads(body)
        exchange.is_replayed = headers.get("idempotency-replayed") == "true"

    def request(self, exchange):
        user = exchange.user
        # Cognito compares names without case. The id of the request leads to Cognito, and is not
        # part of a key's body.
        name = user.name if random.random() < 0.8 else user.name.replace("user", "User")
        form = {"analytics_endpoint_id": exchange.request}
        if exchange.path == "/register":
            form |= {"email": name, "password": user.password}
        else:
            form |= {"username": name, "code": self.cognito.accounts[user.name].code}
        body = json.dumps(form).encode()
        head = f"POST {exchange.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"X-Forwarded-For: {exchange.network}.7\r\nContent-Length: {len(body)}\r\n"
        if exchange.key:
            head += f"Idempotency-Key: {exchange.key}\r\n"
        return head.encode() + b"\r\n" + body

    async def settle(self):
        """After the faults: every user repeats every form, until its response is final."""
        waiting = iter(random.sample(self.users(), len(self.users())))
        await asyncio.gather(*(self.settle_each(waiting) for _ in range(SENDERS)))

    async def settle_each(self, waiting):
        for user in waiting:
            requests = {(one.path, one.key) for one in user.history}
            for path, key in sorted(requests, key=lambda one: (one[0], one[1] or "")):
                await self.repeat_until_final(user, path, key)
                # Sends the request once more. The stored response must not change.
                await self.send(user, path, key, CALM_PATIENCE)

    async def repeat_until_final(self, user, path, key):
        deadline = time.monotonic() + SETTLE_WITHIN
        while not (await self.send(user, path, key, CALM_PATIENCE)).is_final and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
