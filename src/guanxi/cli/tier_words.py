"""The words around reasons and figures of `guanxi tier` on a terminal, in English and Chinese. Pure data."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "overview": "{title} ({name}) as of {day}, window: {window}",
        "lifetime": "whole lifetime", "days": "last {days} days",
        "counts": "{customers:,} customers, {orders:,} orders, {spend}", "rejected": ", {count:,} rows rejected",
        "tier": "Tier", "customers": "Customers", "share": "Share", "spend": "Spend in {currency}",
        "because": "{who}: {tier}, because {reason}", "stands_in": "stands in {tier}, by what the workspace keeps",
        "decides": "decides", "fits": "would fit, but an earlier rule decides", "is_missed": "missed",
        "passed": "passed", "missed": "missed", "verdict": "{rule} → {tier}: {verdict}",
        "demand_passed": "demand passed: {title}", "demand_warned": "demand warned: {title}",
        "demand_failed": "demand failed: {title}", "demand_unknown": "demand unknown: {title}",
        "otherwise": "otherwise → {tier}", "and_decides": ": decides",
    },
    "zh-Hans": {
        "overview": "{title}（{name}），截至{day}，窗口：{window}",
        "lifetime": "全部历史", "days": "最近{days}天",
        "counts": "{customers:,}个客户，{orders:,}单，{spend}", "rejected": "，{count:,}行被拒",
        "tier": "等级", "customers": "客户数", "share": "占比", "spend": "金额（{currency}）",
        "because": "{who}：{tier}，因为{reason}", "stands_in": "工作区记录的当前等级：{tier}",
        "decides": "由此决定", "fits": "也符合，但前面的规则已决定", "is_missed": "未达到",
        "passed": "达到　", "missed": "未达到", "verdict": "{rule} → {tier}：{verdict}",
        "demand_passed": "门槛已满足：{title}", "demand_warned": "门槛有警示：{title}",
        "demand_failed": "门槛未满足：{title}", "demand_unknown": "门槛无法判断：{title}",
        "otherwise": "其余 → {tier}", "and_decides": "：由此决定",
    },
}  # fmt: skip
