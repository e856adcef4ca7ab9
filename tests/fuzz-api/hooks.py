"""Checks the responses, and makes some generated requests valid."""

import hashlib
import json
import re

import schemathesis
from schemathesis import GenerationMode

# User names for which the sandbox simulates a failure.
SIMULATED_FAILURE = re.compile(r"\s*(signup|confirm|resend)\.", re.IGNORECASE)

# Codes of violations that the schema of a form should have excluded.
SHAPE = {"wrong_type", "unknown_field", "too_many"}

# Fields whose exact length limit is in the document. An email address grows when its domain becomes
# ASCII, and metadata has an additional total limit.
EXACT_LENGTH = {"/password", "/code", "/session", "/analytics_endpoint_id", "/human_proof"}


def is_valid(case):
    return case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE


def simulates_failure(case):
    body = case.body if isinstance(case.body, dict) else {}
    names = (body.get("email"), body.get("username"))
    return any(isinstance(name, str) and SIMULATED_FAILURE.match(name) for name in names)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Changes half of the valid sign-ups so that they satisfy the rules that no schema has."""
    body = case.body
    if case.path != "/register" or not isinstance(body, dict) or not is_valid(case) or simulates_failure(case):
        return
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    if int(digest[0], 16) % 2:
        return
    # The sandbox accepts only some attributes and keys.
    for name in ("username", "phone_number", "attributes", "client_metadata", "validation_data", "consents"):
        body.pop(name, None)
    body["email"] = f"fuzz-{digest[:12]}@example.com"
    body["password"] = f"Correct-horse-7{body.get('password', '')}"[:200].strip() + "!"


@schemathesis.check
def fails_only_for_simulated_failures(context, response, case):
    assert response.status_code < 500 or simulates_failure(case), f"{response.status_code}"


@schemathesis.check
def accepts_what_the_document_allows(context, response, case):
    """Asserts that only a rule described in words rejects a valid request."""
    if not is_valid(case) or response.status_code not in (400, 415, 422):
        return
    problem = response.json()
    assert response.status_code == 422, problem["code"]
    for violation in problem.get("errors", []):
        code, pointer = violation["code"], violation["pointer"]
        is_rule = code not in SHAPE and not (code == "too_long" and pointer in EXACT_LENGTH)
        assert is_rule and pointer != "/analytics_endpoint_id", violation
        # A text without visible characters counts as absent.
        sent = case.body.get(pointer[1:]) if isinstance(case.body, dict) else None
        is_visible = isinstance(sent, str) and re.search(r"[!-~]", sent)
        required = code == "required" and case.path != "/register" and is_visible
        assert not required, violation
