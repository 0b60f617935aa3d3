"""What a letter carries unseen: the dot that tells of its opening (RL-05), the link that only programs follow. Pure."""

from __future__ import annotations

import html as entities
import re

BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


def with_pixel(html: str, address: str) -> str:
    """The letter with a picture of one dot before the end of its body."""
    picture = f'<img src="{entities.escape(address)}" width="1" height="1" alt="" style="display:block">'
    return _before_end(html, picture)


def with_trap(html: str, address: str) -> str:
    """The letter with a link that no mail program shows and no screen reader names (RP-41)."""
    link = f'<a href="{entities.escape(address)}" tabindex="-1" rel="nofollow">&#8203;</a>'
    return _before_end(html, f'<div style="display:none;max-height:0;overflow:hidden" aria-hidden="true">{link}</div>')


def _before_end(html: str, piece: str) -> str:
    match = BODY_END.search(html)
    cut = match.start() if match else len(html)
    return html[:cut] + piece + html[cut:]
