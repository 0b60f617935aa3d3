"""What a letter carries unseen: the dot that tells of its opening (RL-05), the link that only programs follow. Pure."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Sequence

from guanxi.kernel.fixed import Fixed

TRAP_BEGINS = Fixed('<div style="display:none;max-height:0;overflow:hidden" aria-hidden="true"><a href="')
TRAP_ENDS = Fixed('" tabindex="-1" rel="nofollow">&#8203;</a></div>')
BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


def pixel(address: str) -> str:
    """A picture of one dot."""
    return f'<img src="{entities.escape(address)}" width="1" height="1" alt="" style="display:block">'


def trap(address: str) -> tuple[str, str, str]:
    """A link that no mail program shows and no screen reader names (RP-41), in parts."""
    return TRAP_BEGINS, entities.escape(address), TRAP_ENDS


def before_end(html: Sequence[str], *unseen: str) -> Sequence[str]:
    """The parts of a letter with these before the end of its body, where a part begins if it comes from content."""
    for at in range(len(html) - 1, -1, -1):
        if html[at][:2] == "</" and BODY_END.match(html[at]):
            return (*html[:at], *unseen, *html[at:])
    text = "".join(html)
    match = BODY_END.search(text)
    cut = match.start() if match else len(text)
    return (text[:cut], *unseen, text[cut:])
