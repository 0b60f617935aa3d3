"""Each block as MJML, inside the one column of the letter. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from guanxi.content import words
from guanxi.content.markup import is_fit_target

PAPER_WIDTH, MARGIN = 600, 32
WIDTHS = {"full": PAPER_WIDTH, "half": 300, "small": 180}
CELL = "padding:9px 0;border-bottom:1px solid #e6eaee;vertical-align:top;"
FACTS = {
    "number": "{{ order.number }}",
    "placed_on": "{{ order.placed_on | date }}",
    "amount": "{{ order.amount | money: order.currency }}",
    "stage": "{{ order.stage | stage }}",
    "ship_by": "{{ order.ship_by | date }}",
    "carrier": "{{ order.carrier }}",
    "tracking_number": "{{ order.tracking_number }}",
}
OPTIONAL = {"placed_on", "ship_by", "carrier", "tracking_number"}

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """What the blocks of one letter share. `pictures` is the public folder of the library.

    `has_anchors` marks where each block begins, so that the editor can lead its preview there.
    """

    language: str
    is_rtl: bool
    pictures: str
    has_anchors: bool = False

    @property
    def start(self) -> str:
        return "right" if self.is_rtl else "left"

    @property
    def end(self) -> str:
        return "left" if self.is_rtl else "right"

    @property
    def isolate(self) -> str:
        """Latin names keep their full stop in right-to-left text only when they stand for themselves."""
        return " | isolate" if self.is_rtl else ""

    def word(self, name: str) -> str:
        return escape(str(words.words_for(self.language)[name]), quote=False)

    def figure(self, text: str) -> str:
        """A figure that keeps its order in right-to-left text."""
        return f'<span dir="ltr">{text}</span>' if self.is_rtl else text


def anchor(block_id: str, look: Look) -> str:
    """A row of the letter's table without height."""
    if not look.has_anchors:
        return ""
    return f'<mj-raw><tr><td id="at-{escape(block_id)}" style="font-size:0;line-height:0;"></td></tr></mj-raw>\n'


def _greeting(_block: Block, _look: Look) -> str:
    return "<mj-text>{{ reader.greeting }}</mj-text>"


def _heading(block: Block, _look: Look) -> str:
    if not block["text"]:
        return ""
    name = "title" if block["size"] == "large" else "heading"
    return f'<mj-text mj-class="{name}">{_written(block["text"])}</mj-text>'


def _text(block: Block, look: Look) -> str:
    return _paragraphs(block["html"], look)


def _paragraphs(html: str, look: Look) -> str:
    """Lists carry their measures themselves, since mail programs have their own."""
    if not html:
        return ""
    for tag in ("ul", "ol"):
        html = html.replace(f"<{tag}>", f'<{tag} style="margin:0 0 14px;padding-{look.start}:22px;">')
    html = html.replace("<li>", '<li style="margin:0 0 6px;">').replace("<p>", '<p style="margin:0 0 14px;">')
    return f'<mj-text padding-bottom="6px">{html}</mj-text>'


def _picture(block: Block, look: Look) -> str:
    if not block["picture"]:
        return ""
    is_wide = block["width"] == "full"
    align = "center" if is_wide or block["align"] == "center" else look.start
    target = block["href"]
    link = f' href="{escape(target)}"' if target and is_fit_target(target) else ""
    return (
        f'<mj-image src="{escape(look.pictures + block["picture"])}" alt="{escape(block["alt"])}" align="{align}" '
        f'width="{WIDTHS[block["width"]]}px" padding="{"0 0 20px" if is_wide else f"0 {MARGIN}px 18px"}"{link} />'
    )


def _button(block: Block, look: Look) -> str:
    if not (block["label"] and is_fit_target(block["href"])):
        return ""
    align = "center" if block["align"] == "center" else look.start
    label, target = _written(block["label"]), escape(block["href"])
    return f'<mj-button css-class="button" align="{align}" href="{target}">{label}</mj-button>'


def _products(block: Block, look: Look) -> str:
    """Filled for each reader when the letter is written; without anything to recommend, the words for that case."""
    reason = (
        '<br /><span class="muted" style="font-size:13px;color:#5b6875;">'
        "{{ product.kind | recommended_because }}</span>"
        if block["show_reason"] else ""
    )  # fmt: skip
    price = look.figure("{{ product.price | money: product.currency }}")
    cell = (
        f'<td style="{CELL}text-align:{look.end};white-space:nowrap;padding-{look.start}:16px;font-weight:600;">'
        f"{{% if product.price %}}{price}{{% endif %}}</td>"
        if block["show_price"] else ""
    )  # fmt: skip
    row = (
        f'<tr><td style="{CELL}"><strong>{{{{ product.name{look.isolate} }}}}</strong>{reason}</td>{cell}</tr>'
    )  # fmt: skip
    return (
        "<mj-raw>{% if recommended.products %}</mj-raw>\n"
        + _title(block)
        + f"<mj-table>{{% for product in recommended.products limit: {block['count']} %}}{row}{{% endfor %}}"
        + "</mj-table>\n"
        + "<mj-raw>{% else %}</mj-raw>\n"
        + _paragraphs(block["fallback"], look)
        + "<mj-raw>{% endif %}</mj-raw>"
    )


def _price_breaks(block: Block, look: Look) -> str:
    if not block["rows"]:
        return ""
    has_notes = any(row["note"] for row in block["rows"])
    head_style = f"{CELL}font-size:13px;font-weight:400;color:#5b6875;"
    heads = [(look.word("from_quantity"), look.start), (look.word("unit_price"), look.end)]
    if has_notes:
        heads.append(("", look.end))
    head = "".join(f'<th class="muted" style="{head_style}text-align:{side};">{word}</th>' for word, side in heads)
    rows = "".join(_price_row(row, block["currency"], look, has_notes=has_notes) for row in block["rows"])
    note = f'<mj-text mj-class="small">{_written(block["note"])}</mj-text>' if block["note"] else ""
    return f"{_title(block)}<mj-table><tr>{head}</tr>{rows}</mj-table>{note}"


def _price_row(row: dict[str, str], currency: str, look: Look, *, has_notes: bool) -> str:
    money = f'{{{{ "{row["price"]}" | money: "{currency}" }}}}' if currency else f'{{{{ "{row["price"]}" | number }}}}'
    quantity = look.figure(f'{{{{ "{row["from"]}" | number }}}}') if row["from"] else ""
    price = look.figure(money) if row["price"] else look.word("on_request")
    note = f'<td class="muted" style="{CELL}text-align:{look.end};color:#5b6875;">{_written(row["note"])}</td>'
    return (
        f'<tr><td style="{CELL}">{quantity}</td><td style="{CELL}text-align:{look.end};font-weight:600;">{price}</td>'
        f"{note if has_notes else ''}</tr>"
    )


def _order_status(block: Block, look: Look) -> str:
    rows = "".join(_fact(name, look) for name in block["facts"])
    button = _button({"label": block["button"], "href": "{{ order.progress_url }}", "align": "start"}, look)
    return (f"<mj-table>{rows}</mj-table>\n" if rows else "") + button


def _fact(name: str, look: Look) -> str:
    value = FACTS[name] if name in ("stage", "placed_on", "ship_by") else look.figure(FACTS[name])
    row = (
        f'<tr><td class="muted" style="{CELL}color:#5b6875;width:38%;padding-{look.end}:16px;">'
        f'{look.word(f"fact_{name}")}</td><td style="{CELL}font-weight:600;">{value}</td></tr>'
    )  # fmt: skip
    return f"{{% if order.{name} %}}{row}{{% endif %}}" if name in OPTIONAL else row


def _divider(_block: Block, _look: Look) -> str:
    return f'<mj-divider padding="6px {MARGIN}px 22px" />'


def _signature(block: Block, look: Look) -> str:
    """The account manager where the customer has one, else whoever the mail is from."""
    contact = (
        "{% if manager.phone %}<br />" + look.figure("{{ manager.phone }}") + "{% endif %}"
        '{% if manager.email %}<br /><a href="mailto:{{ manager.email }}">{{ manager.email }}</a>{% endif %}'
        if block["with_contact"] else ""
    )  # fmt: skip
    return (
        f'<mj-text padding="4px {MARGIN}px 4px">{{{{ reader.closing | newline_to_br }}}}</mj-text>\n'
        f"<mj-text><strong>{{% if manager.name %}}{{{{ manager.name{look.isolate} }}}}{{% else %}}"
        f"{{{{ sender.name{look.isolate} }}}}{{% endif %}}</strong>{{% if sender.name != firm.name or manager.name %}}"
        f"<br />{{{{ firm.name{look.isolate} }}}}{{% endif %}}{contact}</mj-text>"
    )


def _title(block: Block) -> str:
    return f'<mj-text mj-class="heading">{_written(block["title"])}</mj-text>\n' if block["title"] else ""


def _written(line: str) -> str:
    """A line a person typed: its placeholders stay, everything else is text."""
    return escape(line, quote=False)


WRITE: dict[str, Callable[[Block, Look], str]] = {
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
