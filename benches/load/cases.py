"""The measured servers with their settings, and the cases of both benchmarks."""

import shutil
import subprocess
import sys
from dataclasses import replace

from servers import ADMIN, BARE, FASTIFY, HERE, LOAD_CORE, NGINX, STUB, STUB_URL, VESTIBULE, Case, Server

# Each round has emails of its own: {tag} is filled in here, %08d by wrk.
GOOD_FORM = '{{"email":"load-{tag}-%08d@example.com","password":"Correct-Horse-9"}}'
SAME_FORM = '{{"email":"load+{tag}-%08d@example.com","password":"Correct-Horse-9"}}'
FALSE_PROOF_FORM = '{{"email":"load-{tag}-%08d@example.com","password":"Correct-Horse-9","human_proof":"bm9uc2Vuc2U="}}'
BAD_FORM = '{{"email":"nope","password":"x"}}'

# More than any case opens.
MAX_CONNECTIONS = 10_000

# The budgets reject no request. Those of a recipient are the defaults, since each sign-up has its own.
RAISED = {
    "VESTIBULE__LIMITS__MODE": "enforce",
    "VESTIBULE__LIMITS__ADDRESS__BURST": 1_000_000,
    "VESTIBULE__LIMITS__ADDRESS__REFILL": "1ms",
    "VESTIBULE__LIMITS__NETWORK__BURST": 1_000_000,
    "VESTIBULE__LIMITS__NETWORK__REFILL": "1ms",
    "VESTIBULE__LIMITS__REGISTER__BURST": 1_000_000,
    "VESTIBULE__LIMITS__REGISTER__REFILL": "1ms",
    # The highest that the service accepts. A faster server waits for this budget.
    "VESTIBULE__LIMITS__COGNITO__REGISTER": 10_000,
    "VESTIBULE__LIMITS__COGNITO__QUEUE": 10_000,
    "VESTIBULE__LIMITS__COGNITO__QUOTA": 1_000_000,
    "VESTIBULE__LIMITS__CONNECTIONS_PER_PROXY": MAX_CONNECTIONS,
    "VESTIBULE__LIMITS__CONCURRENCY__TOTAL": MAX_CONNECTIONS,
    "VESTIBULE__LIMITS__CONCURRENCY__BODIES": MAX_CONNECTIONS,
}
ONE_PER_ADDRESS = RAISED | {"VESTIBULE__LIMITS__ADDRESS__BURST": 1, "VESTIBULE__LIMITS__ADDRESS__REFILL": "1h"}
ONE_PER_RECIPIENT = RAISED | {"VESTIBULE__LIMITS__SIGN_UPS_PER_RECIPIENT__BURST": 1, "VESTIBULE__LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL": "1h"}
PROOF_OF_WORK = RAISED | {"VESTIBULE__BOT_CHECK__PROVIDER": "proof_of_work"}

SETTINGS = {
    "VESTIBULE__SERVER__PORT": VESTIBULE,
    "VESTIBULE__SERVER__WORKERS": 1,
    "VESTIBULE__SERVER__MAX_CONNECTIONS": MAX_CONNECTIONS,
    "VESTIBULE__SERVER__SHUTDOWN_DELAY": "0s",
    "VESTIBULE__SERVER__TRUSTED_PROXIES": "127.0.0.1/32",
    "VESTIBULE__ADMIN__PORT": ADMIN,
    "VESTIBULE__LOG__LEVEL": "info",
    "VESTIBULE__LOG__FORMAT": "json",
    "VESTIBULE__COGNITO__REGION": "eu-central-1",
    "VESTIBULE__COGNITO__ENDPOINT": STUB_URL,
    "VESTIBULE__COGNITO__USER_POOL_ID": "eu-central-1_Bench0001",
    "VESTIBULE__COGNITO__CLIENT_ID": "1example23456789",
    "VESTIBULE__COGNITO__CLIENT_SECRET": "9example87654321secretsecretsecretsecret",
}


def stub(binaries, latency=0):
    """Returns the stub of Cognito with its latency in milliseconds."""
    return Server("stub", [binaries / "examples/stub", "--port", STUB, "--delay-ms", latency], STUB, core=LOAD_CORE)


def bare_handler(binaries):
    server = Server("bare handler", [binaries / "examples/bare_handler", "--port", BARE, "--endpoint", STUB_URL], BARE)
    return Case("bare actix-web + SDK", server, "/register", GOOD_FORM, 201)


def vestibule(program, database, limits=RAISED):
    return Server("Vestibule", program, VESTIBULE, SETTINGS | limits, database)


def sign_up(program, engine, call, targets=""):
    return Case(f"**Vestibule**, {engine.name}", vestibule(program, engine), "/register", GOOD_FORM, 201, call, targets)


def list_cases(binaries, program, engines):
    call = bare_handler(binaries)
    rejection = Case("rejected form: bare actix-web", call.server, "/reject", BAD_FORM, 400)
    cases = [call]
    for engine in engines:
        targets = "1.6 (1.35)" + (", p50 2.0 (1.5)" if engine is engines[0] else "")
        new = sign_up(program, engine, call, targets)
        cases += [new, replace(new, title=f"{engine.name}, Idempotency-Key", target="2.0 (1.7)", keyed=True, rounds=[])]
    server = vestibule(program, engines[0])
    cases += [
        Case("CPU of the store, one request at a time, SQLite", server, "/register", GOOD_FORM, 201, call, "220", connections=1),
        rejection,
        Case("rejected form", server, "/register", BAD_FORM, 422, rejection, "1.8 (1.5)"),
        Case("over the limit of an address", vestibule(program, engines[0], ONE_PER_ADDRESS), "/register", BAD_FORM, 429, rejection, "1.2", used_up=True, addresses=1),
    ]
    asking = vestibule(program, engines[0], PROOF_OF_WORK)
    limit = "at most a registration"
    cases += [
        Case("without a proof", asking, "/register", GOOD_FORM, 428, call, limit),
        Case("with a false proof", asking, "/register", FALSE_PROOF_FORM, 422, call, limit),
        Case("over the limit of a recipient", vestibule(program, engines[0], ONE_PER_RECIPIENT), "/register", SAME_FORM, 429, call, limit, used_up=True),
    ]
    return cases + references(call)


def references(call):
    """Other servers on the same core, as far as they are installed."""
    nginx = Server("nginx", ["nginx", "-p", "{folder}", "-e", "stderr", "-c", HERE / "nginx.conf"], NGINX)
    production = {"NODE_ENV": "production", "NODE_NO_WARNINGS": 1}
    fastify = Server("Fastify", ["node", HERE / "fastify/server.js", FASTIFY, STUB_URL], FASTIFY, production)
    cases = []
    if shutil.which("nginx"):
        cases.append(Case("nginx as a proxy to the stub", nginx, "/register", GOOD_FORM, 200, call))
    if has_node(20) and (HERE / "fastify/node_modules").exists():
        cases.append(Case("Fastify + AWS SDK v3", fastify, "/register", GOOD_FORM, 201, call))
    if len(cases) < 2:
        print("nginx, or Node.js 20 with the packages of benches/load/fastify, is missing: left out", file=sys.stderr)
    return cases


def has_node(oldest):
    if not shutil.which("node"):
        return False
    version = subprocess.run(["node", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return int(version.lstrip("v").split(".")[0]) >= oldest
