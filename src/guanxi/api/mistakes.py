"""Every refusal of the machine door has one shape: `{"errors": [{"field", "message"}]}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from guanxi.api.strict_json import RECORD, RULE, BadPayload, read_json
from guanxi.ledger.actions import AddressTaken, EmptyOrder, NotAField, NumberTaken
from guanxi.ledger.identity import BadAddress
from guanxi.ledger.stages import UnknownStage

# What a room refuses: the status, and the field it is about.
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    BadAddress: (422, "email"),
    AddressTaken: (409, "email"),
    NumberTaken: (409, "number"),
    EmptyOrder: (422, "lines"),
    UnknownStage: (422, "stage"),
    NotAField: (422, ""),
    BadPayload: (400, ""),
}


class FieldMistake(Exception):
    """A field that no schema can judge, since it takes a look into the database."""

    def __init__(self, field: str, message: str, *, status: int = 422) -> None:
        self.field, self.message, self.status = field, message, status
        super().__init__(message)


class FieldMistakes(Exception):
    """Several such fields at once, each with its remedy."""

    def __init__(self, mistakes: Sequence[tuple[str, str]]) -> None:
        self.mistakes = mistakes
        super().__init__("; ".join(f"{field}: {message}" for field, message in mistakes))


class StrictParser(Parser):
    """Bodies as both databases can keep them."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise BadPayload("Compressed bodies are not read; send plain JSON.")
        value = read_json(request.body, RULE if request.path.startswith("/api/segments") else RECORD)
        if not isinstance(value, dict):
            raise BadPayload("The body must be a JSON object.")
        return value


def explain_refusals(api: NinjaAPI) -> None:
    """Register the handlers, so that a client always learns the field and the remedy."""

    def answer(request: HttpRequest, status: int, *mistakes: tuple[str, str]) -> HttpResponse:
        errors = [{"field": field, "message": message} for field, message in mistakes]
        return api.create_response(request, {"errors": errors}, status=status)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return answer(request, 422, *(_mistake(each) for each in error.errors))

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        response = answer(request, 401, ("", "Send `Authorization: Bearer` with a key made under Firm → Keys."))
        response["WWW-Authenticate"] = "Bearer"
        return response

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return answer(request, 404, ("", str(error) or "There is no such record, or this key may not see it."))

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        cause = error.__cause__
        return answer(request, error.status_code, ("", str(cause) if isinstance(cause, BadPayload) else str(error)))

    @api.exception_handler(FieldMistake)
    def mistaken(request: HttpRequest, error: FieldMistake) -> HttpResponse:
        return answer(request, error.status, (error.field, error.message))

    @api.exception_handler(FieldMistakes)
    def several(request: HttpRequest, error: FieldMistakes) -> HttpResponse:
        return answer(request, 422, *error.mistakes)

    for kind, (status, field) in REFUSALS.items():
        api.add_exception_handler(kind, _handler(answer, status, field))


def _handler(answer: Any, status: int, field: str) -> Any:
    return lambda request, error: answer(request, status, (field, str(error)))


def _mistake(error: dict[str, Any]) -> tuple[str, str]:
    """Pydantic's place and words; the body's own name at the front says nothing to a client."""
    place = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "data")]
    message = error["msg"].removeprefix("Value error, ")
    return ".".join(place), message[:1].upper() + message[1:] + "."
