"""Each block in the plain part of the letter. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guanxi.content import words
from guanxi.content.block_mjml import FACTS, OPTIONAL
from guanxi.content.markup import as_text, is_fit_target

Block = dict[str, Any]


def _greeting(_block: Block, _language: str) -> str:
    return "{{ reader.greeting }}"


def _heading(block: Block, _language: str) -> str:
    return str(block["text"])


def _text(block: Block, _language: str) -> str:
    return as_text(block["html"])


def _picture(block: Block, _language: str) -> str:
    if not block["picture"]:
        return ""
    return "\n".join(part for part in (f"[{block['alt']}]" if block["alt"] else "", _target(block["href"])) if part)


def _button(block: Block, language: str) -> str:
    if not (block["label"] and _target(block["href"])):
        return ""
    return f"{block['label']}{words.colon(language)}\n{_target(block['href'])}"


def _products(block: Block, language: str) -> str:
    money = "{{ product.price | money: product.currency }}"
    price = f"{{% if product.price %}}{words.colon(language)} {money}{{% endif %}}"
    reason = "\n  {{ product.kind | recommended_because }}" if block["show_reason"] else ""
    line = f"\n- {{{{ product.name }}}}{price if block['show_price'] else ''}{reason}"
    listed = f"{{% for product in recommended.products limit: {block['count']} %}}{line}{{% endfor %}}"
    return (
        f"{{% if recommended.products %}}{block['title']}{listed if block['title'] else listed.replace(chr(10), '', 1)}"
        f"{{% else %}}{as_text(block['fallback'])}{{% endif %}}"
    )


def _price_breaks(block: Block, language: str) -> str:
    if not block["rows"]:
        return ""
    shared = words.words_for(language)
    rows = [_price_row(row, block["currency"], shared) for row in block["rows"]]
    return "\n".join(part for part in (block["title"], *rows, block["note"]) if part)


def _price_row(row: dict[str, str], currency: str, shared: dict[str, Any]) -> str:
    money = f'"{row["price"]}" | money: "{currency}"' if currency else f'"{row["price"]}" | number'
    price = f"{{{{ {money} }}}}" if row["price"] else str(shared["on_request"])
    quantity = f'{shared["from_quantity"]} {{{{ "{row["from"]}" | number }}}}' if row["from"] else ""
    return "- " + " · ".join(part for part in (quantity, price, row["note"]) if part)


def _order_status(block: Block, language: str) -> str:
    shared, colon = words.words_for(language), words.colon(language)
    lines = ""
    for name in block["facts"]:
        line = f"\n{shared[f'fact_{name}']}{colon} {FACTS[name]}"
        lines += f"{{% if order.{name} %}}{line}{{% endif %}}" if name in OPTIONAL else line
    button = _button({"label": block["button"], "href": "{{ order.progress_url }}"}, language)
    return "\n\n".join(part for part in (lines.removeprefix("\n"), button) if part)


def _divider(_block: Block, _language: str) -> str:
    return "* * *"


def _signature(block: Block, _language: str) -> str:
    contact = (
        "{% if manager.phone %}\n{{ manager.phone }}{% endif %}{% if manager.email %}\n{{ manager.email }}{% endif %}"
        if block["with_contact"] else ""
    )  # fmt: skip
    return (
        "{{ reader.closing }}\n\n{% if manager.name %}{{ manager.name }}{% else %}{{ sender.name }}{% endif %}"
        "{% if sender.name != firm.name or manager.name %}\n{{ firm.name }}{% endif %}" + contact
    )


def _target(href: str) -> str:
    return href if href and is_fit_target(href) else ""


WRITE: dict[str, Callable[[Block, str], str]] = {
    "greeting": _greeting,
    "heading": _heading,
    "text": _text,
    "picture": _picture,
    "button": _button,
    "products": _products,
    "price_breaks": _price_breaks,
    "order_status": _order_status,
    "divider": _divider,
    "signature": _signature,
}
