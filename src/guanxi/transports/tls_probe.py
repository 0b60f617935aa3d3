"""Whether a mail server offers TLS that can be trusted: one short conversation, no mail, five seconds (RP-31)."""

from __future__ import annotations

import smtplib
import ssl

from guanxi.transports.findings import OK, WRONG, Finding

SECONDS = 5.0


def look(*, host: str, port: int, from_first_byte: bool, context: ssl.SSLContext | None = None) -> Finding:
    """The finding about the way to this server; never raises."""
    context = context or ssl.create_default_context()
    detail = {"host": f"{host}:{port}"}
    try:
        if from_first_byte:
            with smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context):
                return Finding("tls", OK, "tls_good", detail)
        with smtplib.SMTP(host, port, timeout=SECONDS) as server:
            server.ehlo()
            if not server.has_extn("starttls"):
                return Finding("tls", WRONG, "tls_none", detail)
            server.starttls(context=context)
            return Finding("tls", OK, "tls_good", detail)
    except ssl.SSLError as error:
        return Finding("tls", WRONG, "tls_bad", detail | {"reason": str(error.reason or error)[:200]})
    except (OSError, smtplib.SMTPException):
        return Finding("tls", WRONG, "tls_no_connection", detail)
