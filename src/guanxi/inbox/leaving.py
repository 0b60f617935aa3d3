"""Whether somebody who answers a mail says that he wants no more of them, and nothing else. Pure.

Only what means nothing but that: a longer letter is for a person to read.
"""

from __future__ import annotations

import re

from guanxi.inbox.quoting import ANSWERED

LONGEST = 60
# The words by which mail programs and readers end a mailing; compared without case, blanks and signs.
WORDS = (
    "unsubscribe", "unsubscribe me", "please unsubscribe", "please unsubscribe me", "remove me", "please remove me",
    "opt out", "stop", "stop mailing me",
    "abmelden", "bitte abmelden", "abbestellen", "austragen", "bitte austragen",
    "désinscription", "me désinscrire", "désabonner", "se désabonner",
    "cancelar suscripción", "darme de baja", "baja", "descadastrar", "cancelar inscrição",
    "disiscrivimi", "cancellami", "afmelden", "wypisz", "отписаться", "отписка",
    "退订", "退訂", "取消订阅", "取消訂閱", "请退订", "配信停止", "配信停止希望", "登録解除", "수신거부", "구독취소",
    "إلغاء الاشتراك", "hủy đăng ký", "berhenti berlangganan", "abonelikten çık",
)  # fmt: skip
_SIGNS = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    return _SIGNS.sub("", text.casefold())


KNOWN = frozenset(map(_plain, WORDS))


def is_said(subject: str, words: str) -> bool:
    """By the whole of what he wrote; or by the whole subject, when he wrote it himself and nothing below."""
    if words.strip():
        return len(words) <= LONGEST and _plain(words) in KNOWN
    return not ANSWERED.match(subject) and _plain(subject[:LONGEST]) in KNOWN
