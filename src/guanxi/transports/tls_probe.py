"""Whether a mail server offers TLS that can be trusted: one short conversation, no mail, five seconds (RP-31)."""

from __future__ import annotations

import smtplib
import ssl

from guanxi.transports.findings import OK, WRONG, Finding
from guanxi.transports.smtp_url import Server

SECONDS = 5.0


def look(server: Server, *, context: ssl.SSLContext | None = None) -> Finding:
    """The finding about the way to this server, spoken to as mails are handed to it; never raises."""
    context = context or ssl.create_default_context()
    detail = {"host": f"{server.host}:{server.port}"}
    is_plain = server.is_local and not server.is_tls and server.starttls != "always"
    try:
        if server.is_tls:
            with smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context):
                return Finding("tls", OK, "tls_good", detail)
        with smtplib.SMTP(server.host, server.port, timeout=SECONDS) as line:
            line.ehlo()
            if is_plain:
                return Finding("tls", OK, "tls_local", detail)
            if not line.has_extn("starttls"):
                return Finding("tls", WRONG, "tls_none", detail)
            line.starttls(context=context)
            return Finding("tls", OK, "tls_good", detail)
    except ssl.SSLError as error:
        return Finding("tls", WRONG, "tls_bad", detail | {"reason": str(error.reason or error)[:200]})
    except (OSError, smtplib.SMTPException):
        return Finding("tls", WRONG, "tls_no_connection", detail)
