"""Sign-ups of users, which a flood must not delay."""

import asyncio
import json
import time

CLIENTS = 4
PAUSE = 0.02


def sign_ups(port, seconds, results):
    """Sends the time of each sign-up in seconds, and the number of those that failed."""
    results.send(asyncio.run(all_clients(port, time.monotonic() + seconds)))


async def all_clients(port, end):
    outcomes = await asyncio.gather(*(client(port, end, number) for number in range(CLIENTS)))
    flat = [outcome for each in outcomes for outcome in each]
    return [took for took, _ in flat], sum(not created for _, created in flat)


async def client(port, end, number):
    outcomes = []
    while time.monotonic() < end:
        number += CLIENTS
        start = time.monotonic()
        created = await is_created(port, number)
        outcomes.append((time.monotonic() - start, created))
        await asyncio.sleep(PAUSE)
    return outcomes


async def is_created(port, number):
    body = json.dumps({"email": f"ada{number}@example.com", "password": "Correct-Horse-9"}).encode()
    head = f"POST /register HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    source = (f"127.{1 + number % 100}.{number // 100 % 250}.1", 0)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
        writer.write(head.encode() + body)
        response = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return response.startswith(b"HTTP/1.1 201 ")
    except (OSError, asyncio.TimeoutError):
        return False


def percentile(times, percent):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0
