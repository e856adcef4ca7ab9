"""The floods. Each is a coroutine for one connection or one worker of an attacker."""

import asyncio
import os

ADDRESSES = [f"127.200.{number}.1" for number in range(10)]
PAGE = b"GET /register/policy HTTP/1.1\r\nHost: localhost\r\n\r\n"
FORM_HEAD = b"POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
BAD_FORM = b'{"email":"nope","password":"x"}'


def run(attack, port, seconds):
    # A real attacker does not run on the machine of the service.
    os.nice(10)
    asyncio.run(end_after(attack(port), seconds))


async def end_after(attack, seconds):
    try:
        await asyncio.wait_for(attack, seconds)
    except asyncio.TimeoutError:
        pass


async def half_heads(port):
    await many(1500, port, lambda reader, writer: hold(reader, writer, b"GET /register/policy HTTP/1.1\r\nHost: lo"))


async def half_heads_on_open_connections(port):
    async def attack(reader, writer):
        writer.write(PAGE)
        await reader.read(1)
        await hold(reader, writer, b"POST /register HTTP/1.1\r\nX-Padding: " + b"a" * 60_000)

    await many(1500, port, attack)


async def slow_bodies(port):
    async def attack(reader, writer):
        writer.write(FORM_HEAD % 1000)
        while not reader.at_eof():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.5)

    await many(1500, port, attack)


async def never_read(port):
    async def attack(reader, writer):
        writer.transport.pause_reading()
        writer.write(PAGE.replace(b"/register/policy", b"/docs/swagger-ui-bundle.js") * 16)
        await asyncio.sleep(60)

    await many(200, port, attack)


async def pages(port):
    await repeated(port, b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")


async def rejected_forms(port):
    await repeated(port, FORM_HEAD % len(BAD_FORM) + BAD_FORM)


async def repeated(port, request):
    """Sends a request over and over, on a few connections of each address."""

    async def attack(reader, writer):
        while True:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))

    await many(40, port, attack)


async def hold(reader, writer, partial):
    writer.write(partial)
    while await reader.read(65536):
        pass


async def many(count, port, attack):
    async def one(number):
        try:
            source = (ADDRESSES[number % len(ADDRESSES)], 0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
            await attack(reader, writer)
            writer.close()
        except (OSError, asyncio.IncompleteReadError):
            pass

    await asyncio.gather(*(one(number) for number in range(count)))
