"""Two topics and a sign-up form of the made-up exporter, in the languages of his readers."""

from __future__ import annotations

from datetime import datetime

from guanxi.consent import form_editing, topics

TOPICS = {
    "new-products": {
        "en": "New products", "zh-Hans": "新产品", "de": "Neue Produkte", "ja": "新製品", "ar": "منتجات جديدة",
        "es": "Productos nuevos",
    },
    "trade-fairs": {
        "en": "Trade fairs", "zh-Hans": "展会", "de": "Messen", "ja": "展示会", "ar": "المعارض", "es": "Ferias",
    },
}  # fmt: skip
TEXTS = {
    "en": ("Hear from us", "Yes, write to me about offers and news. I can stop this at any time."),
    "zh-Hans": ("订阅我们的资讯", "同意贵公司向我发送优惠和资讯，我可随时停止。"),
    "de": ("Hören Sie von uns", "Ja, schreiben Sie mir über Angebote und Neuigkeiten. Ich kann das jederzeit beenden."),
    "ja": ("メールマガジンのご登録", "ご案内とお知らせのメールを受け取ります。いつでも停止できます。"),
    "ar": ("تواصلوا معنا", "نعم، راسلوني بالعروض والأخبار. ويمكنني إيقاف ذلك في أي وقت."),
    "es": ("Reciba nuestras noticias", "Sí, escríbanme sobre ofertas y novedades. Puedo terminarlo cuando quiera."),
}


def offer_a_form(*, now: datetime) -> None:
    for position, (key, titles) in enumerate(TOPICS.items()):
        topics.save_topic(key=key, titles=titles, position=position, is_default=position == 0, now=now)
    texts = {language: form_editing.Text(title, wording) for language, (title, wording) in TEXTS.items()}
    form_editing.save_form(key="news", name="Newsletter", texts=texts, topics=list(TOPICS), asks=["company"], now=now)
