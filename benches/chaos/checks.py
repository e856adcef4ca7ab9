"""The checks. They compare the responses to the users with the effects in Cognito."""

from collections import defaultdict

# Number of different passwords for one name from which the service recognises only sign-ups from
# the same network.
GUESSING = 3


class Judge:
    """Reads both records. `violations` has pairs of a check's name and the exchange that broke it."""

    CHECKS = {
        "own account reported as another user's": "own_account_is_recognised",
        "another user's account reported as own": "account_of_another_is_recognised",
        "an account reported that does not exist": "a_reported_account_exists",
        "a confirmed user rejected or asked again": "a_confirmed_user_is_recognised",
        "a stored response changed": "a_stored_response_stays",
        "a call sent again for one request": "a_request_makes_one_call",
        "no final response after the faults": "the_last_response_is_final",
    }

    def __init__(self, crowd, cognito):
        self.users, self.accounts = crowd.users(), cognito.accounts
        self.calls = defaultdict(list)
        for call in cognito.calls:
            self.calls[call.request].append(call)
        self.exchanges = {one.request: one for user in self.users for one in user.history}
        self.groups = {user.name: group for group in crowd.groups for user in group}

    def violations(self):
        found = {}
        for name, check in self.CHECKS.items():
            found[name] = [one for user in self.users for one in getattr(self, check)(user)]
        return found

    def own_account_is_recognised(self, user):
        """Yields rejections of users whose own form created the account."""
        account = self.accounts.get(user.name)
        if not self.is_created_by(user):
            return
        for one in user.history:
            says_none = one.code in ("registration_rejected", "rejected") and not one.is_replayed and account.created_at < one.sent_at
            if (says_none or one.code == "account_exists") and not self.looks_like_guessing(one):
                yield one

    def is_created_by(self, user):
        account = self.accounts.get(user.name)
        return account is not None and account.password == user.password

    def looks_like_guessing(self, exchange):
        """Returns `True` if the contract allows that the user is not recognised."""
        created_by = self.exchanges[self.accounts[exchange.user.name].request]
        for origin in self.origins(exchange):
            sent = {one.user.password for user in self.groups[exchange.user.name] for one in user.history
                    if one.path == "/register" and one.sent_at < origin.ended_at}
            if len(sent) >= GUESSING and created_by.network != origin.network:
                return True
        return False

    def account_of_another_is_recognised(self, user):
        """Yields successes after another user had received 201."""
        account = self.accounts.get(user.name)
        if not account or self.is_created_by(user):
            return
        known_from = min((one.ended_at for other in self.groups[user.name] for one in other.history
                          if one.status == 201 and other.password == account.password), default=None)
        for one in user.history:
            if one.path == "/register" and one.status in (201, 202) and known_from is not None:
                if min(origin.sent_at for origin in self.origins(one)) > known_from:
                    yield one

    def origins(self, exchange):
        """Returns the requests whose response this may be: itself, or those with its key that reached Cognito."""
        if not exchange.is_replayed:
            return [exchange]
        return [one for one in exchange.user.history if (one.path, one.key) == (exchange.path, exchange.key) and self.calls[one.request]]

    def a_reported_account_exists(self, user):
        """Yields reports of accounts that did not exist, or not with these properties."""
        account = self.accounts.get(user.name)
        for one in user.history:
            exists = account is not None and account.created_at < one.ended_at
            if one.path == "/register":
                # The trigger rejects before Cognito looks for the account. Then an unknown outcome stays unknown.
                is_unknown = any(call.response == "trigger" for origin in self.origins(one) for call in self.calls[origin.request])
                if (one.status in (201, 202) or one.code == "account_exists") and not exists and not is_unknown:
                    yield one
                elif one.status == 201 and not self.is_creation(one, account):
                    yield one
            elif one.status == 200 and not (exists and account.confirmed_at and account.confirmed_at < one.ended_at):
                yield one

    def is_creation(self, exchange, account):
        """Returns `True` if this request created the account, or an earlier one with its key."""
        creator = self.exchanges[account.request]
        is_same = exchange.is_replayed and (creator.user, creator.key) == (exchange.user, exchange.key)
        return (creator is exchange or is_same) and exchange.told.get("user_id") == account.user_id

    def a_confirmed_user_is_recognised(self, user):
        """Yields rejections of the right code, and requests for a code after a confirm that succeeded."""
        confirmed_at = min((one.ended_at for one in user.history if one.path == "/register/confirm" and one.status == 200), default=None)
        for one in user.history:
            is_later = confirmed_at is not None and confirmed_at < one.sent_at and not one.is_replayed
            if one.path == "/register/confirm":
                # Every code is the right one.
                if one.status == 422 or is_later and one.code == "confirmation_uncertain":
                    yield one
            elif is_later and one.status in (201, 202) and one.told.get("next") != "sign_in":
                yield one

    def a_stored_response_stays(self, user):
        """Yields responses that differ from an earlier one with the same key, and replays that reached Cognito."""
        stored = {}
        for one in sorted((one for one in user.history if one.key), key=lambda one: one.ended_at):
            seen = (one.status, one.body)
            first, since = stored.get(one.path, (None, 0))
            if one.is_replayed and self.calls[one.request]:
                yield one
            elif first and one.is_replayed and seen != first:
                yield one
            elif first and one.is_final and one.sent_at > since and not one.is_replayed:
                yield one
            if not first and (one.is_replayed or one.status in (200, 201, 202)):
                stored[one.path] = (seen, one.ended_at)

    def a_request_makes_one_call(self, user):
        """Yields requests whose call was repeated although the first one was not throttled."""
        for one in user.history:
            responses = [call.response for call in self.calls[one.request]]
            if any(response != "throttled" for response in responses[:-1]):
                yield one

    def the_last_response_is_final(self, user):
        """Yields the last request of each form that got no final response after the faults."""
        last, ended = {}, set()
        for one in user.history:
            if one.is_calm:
                last[one.path, one.key] = one
                ended |= {(one.path, one.key)} if one.is_final else set()
        yield from (one for form, one in last.items() if form not in ended)

    def story(self, name):
        """Returns all events about a name, in their order."""
        events = [(one.sent_at, f"user {one.user.password[-1]} sends {one.path}, request {one.request[:8]}, "
                   f"key {one.key and one.key[:8]}, network {one.network}") for user in self.groups[name] for one in user.history]
        events += [(one.ended_at, f"user {one.user.password[-1]} gets {one.status} {one.code}{' replayed' if one.is_replayed else ''}, "
                    f"request {one.request[:8]}") for user in self.groups[name] for one in user.history]
        events += [(call.at, f"Cognito: {call.operation} of request {call.request[:8]}: {call.response}"
                    f"{', with effect' if call.had_effect else ''}") for calls in self.calls.values() for call in calls if call.name == name]
        account = self.accounts.get(name)
        if account:
            events.append((account.created_at, f"Cognito: account created by request {account.request[:8]}"))
        start = min(at for at, _ in events)
        return [f"{at - start:8.3f} s  {text}" for at, text in sorted(events)]
