"""The mark of advertising at the beginning of a subject (RL-16). Pure."""

from __future__ import annotations

from collections.abc import Mapping

# What the law takes as well as the mark that a profile names.
_AS_GOOD: Mapping[str, tuple[str, ...]] = {"AD": ("广告",), "(광고)": ("（광고）",)}
_OPENING = "(（[【"


def marked(subject: str, prefix: str) -> str:
    """The subject with the mark, put there once: ADVENT is not marked by its first letters."""
    if not prefix or _is_marked(subject, prefix.strip()):
        return subject
    return prefix + subject


def _is_marked(subject: str, mark: str) -> bool:
    if subject.startswith(mark):
        after = subject[len(mark) : len(mark) + 1]
        return not (mark[-1].isascii() and mark[-1].isalpha() and after.isascii() and after.isalpha())
    as_good = _AS_GOOD.get(mark, ())
    return subject.startswith(as_good) or subject.lstrip(_OPENING).startswith(as_good)
