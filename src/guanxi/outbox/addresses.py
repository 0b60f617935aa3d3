"""Public addresses that stand in a mail: signed, bound to their purpose, made from PUBLIC_URL alone (RS-19, RS-36)."""

from __future__ import annotations

from django.conf import settings

from guanxi.kernel import signing

OPEN, CLICK, UNSUBSCRIBE, PREFERENCES, SHARE = "open", "click", "unsubscribe", "preferences", "share"
BROWSER = "browser"
CONFIRM, DATA, REQUEST, ADDRESS = "confirm", "data", "request", "address"
TRAP = "trap"


def sample_links() -> dict[str, str]:
    """The reader's links for a look from inside; they open nothing and act for nobody."""
    paths = {"unsubscribe": "u", "preferences": "preferences", "share": "s", "browser": "v"}
    return {name: f"{settings.PUBLIC_URL}/p/{path}/sample" for name, path in paths.items()}


def open_address(message_id: int) -> str:
    return f"{settings.PUBLIC_URL}/p/o/{_token(OPEN, str(message_id))}.gif"


def click_address(message_id: int, index: int) -> str:
    return click_addresses(message_id, index + 1)[index]


def click_addresses(message_id: int, count: int) -> list[str]:
    """Those of the first `count` links of a message."""
    return signing.sign_parts(settings.SECRET_KEY, CLICK, message_id, count, before=f"{settings.PUBLIC_URL}/p/c/")


def trap_address(message_id: int) -> str:
    """The link that no reader sees; only a program follows it (RP-41)."""
    return f"{settings.PUBLIC_URL}/p/t/{_token(TRAP, str(message_id))}"


def unsubscribe_address(message_id: int) -> str:
    return f"{settings.PUBLIC_URL}/p/u/{_token(UNSUBSCRIBE, str(message_id))}"


def preferences_address(contact_id: int, message_id: int) -> str:
    return f"{settings.PUBLIC_URL}/p/preferences/{_token(PREFERENCES, f'{contact_id}:{message_id}')}"


def farewell_address(message_id: int) -> str:
    """Where the page after unsubscribing sends the answer to its one question."""
    return f"{settings.PUBLIC_URL}/p/farewell/{_token(UNSUBSCRIBE, str(message_id))}"


def sign_up_address(form_key: str) -> str:
    """The hosted page of a sign-up form; open to everybody."""
    return f"{settings.PUBLIC_URL}/p/sign-up/{form_key}"


def confirm_address(sign_up_id: int) -> str:
    """The page with the button that confirms a sign-up (RL-06)."""
    return f"{settings.PUBLIC_URL}/p/confirm/{_token(CONFIRM, str(sign_up_id))}"


def data_address(contact_id: int, round_number: int) -> str:
    """The reader's page of one year's letter about his data (J-20)."""
    return f"{settings.PUBLIC_URL}/p/data/{_token(DATA, f'{contact_id}:{round_number}')}"


def request_address(request_id: int) -> str:
    """The page on which a reader fetches his data, or confirms that they are deleted (G-08)."""
    return f"{settings.PUBLIC_URL}/p/request/{_token(REQUEST, str(request_id))}"


def new_address(change_id: int) -> str:
    """The page on which the owner of a new address confirms that it is his (J-20.2)."""
    return f"{settings.PUBLIC_URL}/p/address/{_token(ADDRESS, str(change_id))}"


def share_address(message_id: int) -> str:
    """What a reader passes on to a colleague instead of his own mail (CN-26)."""
    return f"{settings.PUBLIC_URL}/p/s/{_token(SHARE, str(message_id))}"


def browser_address(message_id: int) -> str:
    """The same letter as a page."""
    return f"{settings.PUBLIC_URL}/p/v/{_token(BROWSER, str(message_id))}"


def _token(purpose: str, payload: str) -> str:
    return signing.sign(settings.SECRET_KEY, purpose, payload)
