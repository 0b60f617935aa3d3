"""Headings and remarks of the workbook in English and Chinese. Pure data; figures are named by tiering.figure_names."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "customers": "customers", "rules": "rules", "orders": "orders", "tiers": "tiers",
        "day": "day", "amount": "amount", "order": "order", "as_of": "as of", "window": "window in days",
        "window_from": "first day of the window", "sales": "sales in the window",
        "rule": "rule", "tier_given": "tier", "gate": "demand", "figure": "figure", "test": "must be",
        "border": "border", "remark": "remark", "otherwise": "otherwise",
        "percentile": "{share} % of your customers lie below; computed from the sheet of customers",
        "factor": "times his {figure}", "words": "asked for: {words}",
        "change": "Change a yellow cell, an amount or a day: the tiers follow.",
        "frozen": "Reasons, further figures and the sheets per tier are as of {day}.",
        "fits": "fits {rule}", "meets": "meets {gate}", "first": "first line", "last": "last line",
        "at_least": "at least", "at_most": "at most", "above": "more than", "below": "less than", "is": "exactly",
        "chart_customers": "Customers per tier", "chart_spend": "Spend per tier",
    },
    "zh-Hans": {
        "customers": "客户", "rules": "规则", "orders": "订单", "tiers": "等级",
        "day": "日期", "amount": "金额", "order": "订单号", "as_of": "截止日", "window": "窗口天数",
        "window_from": "窗口首日", "sales": "窗口内公司销售额",
        "rule": "规则", "tier_given": "等级", "gate": "门槛", "figure": "指标", "test": "条件",
        "border": "界限", "remark": "备注", "otherwise": "其余",
        "percentile": "{share}%的客户低于此值;由客户表实时计算",
        "factor": "乘以该客户的{figure}", "words": "要求:{words}",
        "change": "修改黄色单元格、金额或日期,等级随之变化。",
        "frozen": "理由、其他指标及各等级工作表截至{day}。",
        "fits": "符合 {rule}", "meets": "满足 {gate}", "first": "首行", "last": "末行",
        "at_least": "至少", "at_most": "至多", "above": "高于", "below": "低于", "is": "等于",
        "chart_customers": "各等级客户数", "chart_spend": "各等级采购额",
    },
}  # fmt: skip
COLUMN_TITLES = {
    "customer": "客户", "tier": "等级", "window_days": "窗口天数", "currency": "币种", "reason": "理由",
}  # fmt: skip
