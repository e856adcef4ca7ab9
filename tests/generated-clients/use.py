"""Uses the generated client, so that mypy detects changes of names and unions."""

from vestibule_client import Client
from vestibule_client.api.sign_up import (
    confirm_account,
    create_account,
    get_challenge,
    get_policy,
    resend_code,
)
from vestibule_client.models import (
    ConfirmationForm,
    ConfirmResponse,
    InvalidRegistrationProblem,
    Policy,
    ProofOfWorkChallenge,
    RegistrationForm,
    ResendForm,
    ResendResponse,
    SignUpNext,
    SignUpResponse,
    SiteverifyBotCheck,
    ViolationCode,
)


def sign_up(client: Client, email: str, password: str) -> SignUpNext | list[ViolationCode]:
    form = RegistrationForm(email=email, password=password)
    response = create_account.sync(client=client, body=form, idempotency_key="2f1c4f0e")
    if isinstance(response, SignUpResponse):
        return response.next_
    if isinstance(response, InvalidRegistrationProblem):
        return [violation.code for violation in response.errors]
    raise RuntimeError(response)


def confirm(client: Client, username: str, code: str) -> bool:
    form = ConfirmationForm(username=username, code=code)
    return isinstance(confirm_account.sync(client=client, body=form), ConfirmResponse)


def resend(client: Client, username: str) -> bool:
    response = resend_code.sync(client=client, body=ResendForm(username=username))
    return isinstance(response, ResendResponse)


def site_key(client: Client) -> object:
    policy = get_policy.sync(client=client)
    if isinstance(policy, Policy) and isinstance(policy.human_proof, SiteverifyBotCheck):
        return policy.human_proof.site_key
    return None


def cost(client: Client) -> int:
    challenge = get_challenge.sync(client=client)
    return challenge.parameters.cost if isinstance(challenge, ProofOfWorkChallenge) else 0
