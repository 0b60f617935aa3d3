"""The legal moves of a message."""

import pytest

from guanxi.outbox.models import Message
from guanxi.outbox.states import FINAL, MOVES, STATES, IllegalMove, check_move, may_move, sources_of


class TestMoves:
    def test_every_state_is_known_to_the_table(self) -> None:
        [constraint] = Message._meta.constraints

        assert all(state in str(constraint.condition) for state in STATES)  # type: ignore[attr-defined]
        assert set().union(*MOVES.values()) <= set(STATES)

    def test_nothing_leaves_without_being_claimed_and_committed(self) -> None:
        assert sources_of("handing_off") == ("claimed",)
        assert set(sources_of("accepted")) == {"handing_off", "uncertain"}

    def test_what_went_out_is_never_queued_again_but_after_an_unknown_fate(self) -> None:
        assert not may_move("accepted", "queued")
        assert not may_move("failed", "queued")
        assert may_move("uncertain", "queued")

    def test_ends_are_ends(self) -> None:
        assert {"accepted", "failed", "suppressed", "expired"} == FINAL

    def test_every_state_is_reached_and_leads_to_an_end(self) -> None:
        def reachable(state: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
            seen = seen | {state}
            for into in MOVES[state] - seen:
                seen |= reachable(into, seen)
            return seen

        assert reachable("queued") == set(STATES)
        assert all(reachable(state) & FINAL for state in STATES)


class TestCheckMove:
    def test_names_an_illegal_move(self) -> None:
        assert check_move("queued", "held") == "held"
        with pytest.raises(IllegalMove, match="accepted cannot become queued"):
            check_move("accepted", "queued")
