"""The picture of one dot that tells when a letter was opened. Pure (RL-05: only with the reader's permission)."""

from __future__ import annotations

import html as entities
import re

BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


def with_pixel(html: str, address: str) -> str:
    """The letter with a picture of one dot before the end of its body."""
    picture = f'<img src="{entities.escape(address)}" width="1" height="1" alt="" style="display:block">'
    match = BODY_END.search(html)
    cut = match.start() if match else len(html)
    return html[:cut] + picture + html[cut:]
