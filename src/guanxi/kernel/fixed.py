"""Text that stands like that in every copy of a letter. Pure.

Whatever is made of it, such as its encoding for a mail, is the same in every copy too, and need be made only once.
"""

from __future__ import annotations


class Fixed(str):
    """The same object in every copy, so that it is found again without being read."""

    __slots__ = ()
