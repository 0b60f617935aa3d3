"""What shops and order books call the stages of an order. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from guanxi.intake.deriving import CANCELLED_WORDS
from guanxi.ledger.stages import ALL_STAGES

WORDS: dict[str, str] = {
    "quote": "quoted", "quotation": "quoted", "draft": "quoted", "报价": "quoted", "已报价": "quoted",
    "open": "confirmed", "pending": "confirmed", "processing": "confirmed", "paid": "confirmed", "new": "confirmed",
    "on hold": "confirmed", "on-hold": "confirmed", "unfulfilled": "confirmed", "partial": "confirmed",
    "待发货": "confirmed", "已付款": "confirmed", "已确认": "confirmed", "待付款": "confirmed",
    "in process": "in_production", "in production": "in_production", "生产中": "in_production",
    "packed": "packed", "已包装": "packed", "ready": "packed", "ready to ship": "packed",
    "shipped": "shipped", "dispatched": "shipped", "fulfilled": "shipped", "已发货": "shipped", "发货": "shipped",
    "in transit": "in_transit", "运输中": "in_transit", "arrived": "arrived", "已到港": "arrived", "已到达": "arrived",
    "delivered": "delivered", "已签收": "delivered", "已送达": "delivered",
    "complete": "completed", "closed": "completed", "done": "completed", "resolved": "completed",
    "disputed": "completed", "交易成功": "completed", "已完成": "completed", "完成": "completed",
}  # fmt: skip


def stage_of(word: str, own: Mapping[str, str]) -> str:
    """Our stage for a foreign status, by the mapping's own table first; empty for a word nobody knows."""
    if word in own:
        return own[word]
    if word in CANCELLED_WORDS:
        return "cancelled"
    plain = word.replace(" ", "_")
    return plain if plain in ALL_STAGES else WORDS.get(word, "")
