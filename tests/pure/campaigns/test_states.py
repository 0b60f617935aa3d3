"""What a campaign may become."""

import pytest

from guanxi.campaigns.states import (
    BEGUN,
    DRAFT,
    FINISHED,
    MOVES,
    STATES,
    STOPPED,
    STOPPING,
    UNDER_WAY,
    IllegalMove,
    check_move,
)


class TestMoves:
    @pytest.mark.parametrize("state", UNDER_WAY)
    def test_can_be_stopped_while_under_way(self, state: str) -> None:
        assert check_move(state, STOPPING) == STOPPING

    @pytest.mark.parametrize("state", [STOPPED, FINISHED])
    def test_end_there(self, state: str) -> None:
        assert not MOVES[state]

    @pytest.mark.parametrize("state", BEGUN)
    def test_never_make_a_draft_of_what_has_begun(self, state: str) -> None:
        with pytest.raises(IllegalMove, match=f"{state} cannot become draft"):
            check_move(state, DRAFT)

    def test_lead_to_known_states(self) -> None:
        assert {into for moves in MOVES.values() for into in moves} <= set(STATES)
