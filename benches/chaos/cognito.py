"""A scripted Cognito that fails often. It records which request created which account."""

import asyncio
import contextlib
import json
import random
import socket
import struct
import time
import uuid
from dataclasses import dataclass

# Parts of 100 calls. All other calls get the right response.
NEW_ACCOUNT = {"reset": 9, "stall": 5, "error": 9, "garbage": 9, "undelivered": 3, "throttled": 3, "trigger": 1}
KNOWN_ACCOUNT = {"reset": 5, "stall": 3, "error": 5, "garbage": 5, "throttled": 3, "alias race": 3, "trigger": 3}
CODE = {"reset": 9, "stall": 5, "error": 9, "garbage": 9, "throttled": 3}

# The part of calls that change the account although their response is a fault.
EFFECTIVE = 0.6
HARMLESS = {"throttled", "alias race", "trigger"}

# Seconds before and after the effect of a call, so that kills hit both sides.
PAUSE = (0.002, 0.06)
# Seconds after which half of the stalled calls create the account. The service has stopped waiting
# by then.
LATE = (1.1, 2.5)
STALL = 8

ERRORS = {
    "error": (500, "InternalErrorException", "Something went wrong"),
    "undelivered": (400, "CodeDeliveryFailureException", "Unable to deliver message"),
    "throttled": (400, "TooManyRequestsException", "Rate exceeded"),
    "trigger": (400, "UserLambdaValidationException", "PreSignUp failed with error This invitation was used."),
    "alias race": (400, "InvalidParameterException", "Alias entry already exists for a different username"),
    "exists": (400, "UsernameExistsException", "User already exists"),
    "wrong code": (400, "CodeMismatchException", "Invalid verification code provided, please try again."),
    "confirmed": (400, "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"),
}
GARBAGE = [b"{\"UserSub\": ", b"<html>Bad gateway</html>", b"[1, 2]"]
# To SignUp, which returns the account's id. A success of ConfirmSignUp has no content.
SIGN_UP_GARBAGE = [b"", b"{}"]


@dataclass
class Account:
    """An account of the pool. `request` is the client's request that created it."""

    password: str
    request: str
    created_at: float
    user_id: str
    code: str
    confirmed_at: float | None = None


@dataclass
class Call:
    """A call to Cognito. `had_effect` is `True` if it created or confirmed the account."""

    at: float
    operation: str
    name: str
    request: str
    response: str
    had_effect: bool = False


class Cognito:
    """The pool. `is_calm` ends the faults."""

    def __init__(self):
        self.accounts = {}
        self.calls = []
        self.is_calm = False
        self.tasks = set()

    @contextlib.asynccontextmanager
    async def listening(self, port):
        server = await asyncio.start_server(self.serve, "127.0.0.1", port)
        try:
            yield self
        finally:
            server.close()
            for task in self.tasks:
                task.cancel()

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                operation, form = await read_call(reader)
                # Runs in a task of its own, because Cognito creates the account even if the replica
                # is killed.
                effect = asyncio.create_task(self.handle(operation, form))
                self.tasks.add(effect)
                call, body = await asyncio.shield(effect)
                if call.response == "stall":
                    # Ends early if the replica closes the connection.
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(1), STALL)
                    break
                if call.response == "reset":
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    break
                writer.write(body)
                await writer.drain()
        writer.transport.abort()
        self.tasks.discard(asyncio.current_task())

    async def handle(self, operation, form):
        name, request = form["Username"].lower(), form["AnalyticsMetadata"]["AnalyticsEndpointId"]
        await asyncio.sleep(random.uniform(*PAUSE))
        act = {"SignUp": self.sign_up, "ConfirmSignUp": self.confirm}[operation]
        call, body = act(form, Call(time.monotonic(), operation, name, request, "success"))
        self.calls.append(call)
        await asyncio.sleep(random.uniform(*PAUSE))
        self.tasks.discard(asyncio.current_task())
        return call, body

    def sign_up(self, form, call):
        if call.name in self.accounts:
            return self.respond(call, KNOWN_ACCOUNT, otherwise="exists")
        call, body = self.respond(call, NEW_ACCOUNT)
        if call.response == "stall" and random.random() < EFFECTIVE / 2:
            create = asyncio.get_running_loop().call_later
            create(random.uniform(*LATE), self.create, call, form["Password"])
        elif has_effect(call):
            self.create(call, form["Password"])
        if call.response == "success":
            account = self.accounts[call.name]
            delivery = {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@e***"}
            body = success({"UserConfirmed": False, "UserSub": account.user_id, "CodeDeliveryDetails": delivery})
        return call, body

    def create(self, call, password):
        """Creates the account, unless a faster call has created it."""
        if call.name not in self.accounts:
            code = f"{random.randrange(10**6):06}"
            user_id = str(uuid.uuid4())
            self.accounts[call.name] = Account(password, call.request, time.monotonic(), user_id, code)
            call.had_effect = True

    def confirm(self, form, call):
        account = self.accounts.get(call.name)
        if not account or form["ConfirmationCode"] != account.code:
            return self.respond(call, CODE, otherwise="wrong code")
        if account.confirmed_at:
            return self.respond(call, CODE, otherwise="confirmed")
        call, body = self.respond(call, CODE)
        if has_effect(call):
            account.confirmed_at = time.monotonic()
            call.had_effect = True
        return call, body

    def respond(self, call, faults, otherwise="success"):
        """Draws the response of a call."""
        drawn = random.choices([*faults, None], [*faults.values(), 100 - sum(faults.values())])[0]
        call.response = otherwise if self.is_calm or not drawn else drawn
        if call.response in ERRORS:
            status, kind, message = ERRORS[call.response]
            return call, response(status, json.dumps({"__type": kind, "message": message}).encode(), kind)
        if call.response == "garbage":
            garbage = GARBAGE + SIGN_UP_GARBAGE if call.operation == "SignUp" else GARBAGE
            return call, response(random.choice([200, 200, 502]), random.choice(garbage))
        return call, success({})


def has_effect(call):
    if call.response in ("success", "undelivered"):
        return True
    return call.response not in HARMLESS and random.random() < EFFECTIVE


async def read_call(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers["content-length"]))
    target = next(line for line in head if line.lower().startswith("x-amz-target"))
    return target.rpartition(".")[2], json.loads(body)


def success(fields):
    return response(200, json.dumps(fields).encode())


def response(status, body, kind=None):
    head = f"HTTP/1.1 {status} -\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n"
    head += f"x-amzn-RequestId: {uuid.uuid4()}\r\n" + (f"x-amzn-ErrorType: {kind}\r\n" if kind else "")
    return head.encode() + b"\r\n" + body
