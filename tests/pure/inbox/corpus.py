"""Made-up mails with the class they must get: what servers say in many languages, in the forms in which they say it."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable, Iterator

HARD = [
    "550 5.1.1 <{a}>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the address",
    "550 No such user here",
    "550 5.7.1 No such recipient {a}",
    "554 5.7.1 <{a}>: Recipient address rejected: user {a} does not exist",
    "550 Unrouteable address",
    "550-5.1.1 mailbox not found",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "553 5.3.0 <{a}>... Addressee unknown, relay=[192.0.2.7]",
    "550 Invalid recipient: {a}",
    "550 5.2.1 The email account that you tried to reach is disabled",
    "554 delivery error: dd This user doesn't have a yahoo.example account ({a})",
    "550 5.1.6 Recipient no longer on server: {a}",
    "551 5.1.6 User has moved; no forwarding address",
    "550 account {a} has been suspended",
    "550 5.7.13 Mailbox disabled for this recipient",
    "556 5.1.10 Recipient domain does not accept mail (nullMX)",
    "Host or domain name not found. Name service error for name=firm.example type=A: Host not found",
    "Domain firm.example does not exist",
    "DNS Error: DNS type 'mx' lookup of firm.example responded with code NXDOMAIN",
    "550 5.1.2 <{a}>... Host unknown (Name server: firm.example: host not found)",
    "550 Mailbox not found",
    "550 MI:NUS User not found: {a}",
    "550 User suspended: {a}",
    "550 用户不存在",
    "550 收件人地址不存在",
    "550 邮箱不存在或已被停用",
    "550 該帳號不存在",
    "550 5.1.1 Benutzer {a} ist unbekannt",
    "550 Empfänger existiert nicht",
    "550 5.1.1 Adresse d'au moins un destinataire invalide. Invalid recipient.",
    "550 Utilisateur inconnu",
    "550 usuario desconocido",
    "550 El buzón no existe",
    "550 5.1.1 usuário não existe",
    "550 Destinatario sconosciuto",
    "550 Пользователь не найден",
    "550 Нет такого пользователя",
    "550 宛先のメールアドレスが存在しません",
    "550 5.1.1 ユーザーが見つかりません",
    "550 존재하지 않는 사용자입니다",
    "550 المستخدم غير موجود",
    "550 Kullanıcı bulunamadı",
    "550 Użytkownik nie istnieje",
    "550 Gebruiker onbekend",
    "550 5.1.0 Address rejected.",
    "550 RCPT TO:<{a}> User unknown",
    "550 5.4.310 DNS domain firm.example does not exist",
    "550 5.5.0 Requested action not taken: mailbox unavailable",
    "Sorry, I couldn't find any host by that name. (#4.1.2)",
    "No MX found for destination",
    "This address no longer accepts mail.",
    "550 5.1.1 User does not exist - <{a}>",
    "550 5.1.1 unknown or illegal alias: {a}",
    "550 Invalid Recipient - see the help page",
    "550 unknown user account",
    "User not listed in public Name & Address Book",
    "The e-mail account does not exist at the organization this message was sent to",
]
SOFT = [
    "552 5.2.2 <{a}>: Mailbox full",
    "550 5.2.2 over quota",
    "452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to clear it",
    "552 5.2.2 The recipient's inbox is out of storage space and inactive",
    "550 5.1.1 <{a}> Mailbox size limit exceeded",
    "550 Domain frequency limited [abc IP: 192.0.2.9]",
    "550 Connection frequency limited",
    "550 Mailbox unavailable or access denied",
    "550 5.1.1 <{a}> - 192.0.2.9 has sent to too many recipients this hour",
    "421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred due to unexpected volume or user complaints",
    "550-5.7.26 This mail has been blocked because the sender is unauthenticated",
    "550 5.7.515 Access denied, sending domain FIRM.EXAMPLE does not meet the required authentication level",
    "550 5.7.509 Access denied, sending domain does not pass DMARC verification and has a DMARC policy of reject",
    "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.example",
    "550 5.7.606 Access denied, banned sending IP [192.0.2.9]",
    "554 DT:SPM 163 smtp11,D8CowAB3 please see the help page",
    "550 Mail content denied",
    "451 4.7.1 Greylisting in action, please come back later",
    "450 4.1.1 <{a}>: Recipient address rejected: Access denied, try again later",
    "552 5.3.4 Message size exceeds fixed limit",
    "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
    "554 5.7.1 <{a}>: Relay access denied",
    "550 5.7.0 Recipient address rejected: No relaying",
    "553 5.1.8 <us@sender.example>... Domain of sender address us@sender.example does not exist",
    "550 5.1.7 Invalid sender: us@sender.example",
    "501 5.1.8 Sender address rejected",
    "550 5.1.0 192.0.2.9 is not allowed to send from <sender.example> per it's SPF Record",
    "550 5.4.1 Recipient address rejected: Access denied",
    "554 5.4.6 Too many hops",
    "connect to mx.firm.example[192.0.2.8]:25: Connection timed out",
    "lost connection with mx.firm.example[192.0.2.8] while receiving the initial server greeting",
    "452 4.3.1 Insufficient system storage",
    "550 Protocol violation",
    "550 5.6.1 Message content rejected",
    "550 Virus Detected; Content Rejected",
    "554 Sorry, message looks like SPAM to me",
    "550 5.7.1 Message rejected as spam by Content Filtering.",
    "550 Reverse DNS required",
    "550 5.7.1 Missing PTR record for 192.0.2.9",
    "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
    "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "550 邮箱已满",
    "550 收件人邮箱空间不足",
    "552 Postfach ist voll",
    "552 La boîte du destinataire est pleine",
    "552 El buzón está lleno",
    "552 A caixa de correio está cheia",
    "552 Casella di posta piena",
    "552 Почтовый ящик переполнен",
    "552 メールボックスの容量が超過しています",
    "550 받는 사람의 메일함이 가득 찼습니다",
    "550 Refused due to recipient preferences",
    "550 Denied by policy",
    "554 Transaction failed: Duplicate header 'DKIM-Signature'.",
    "550 5.1.1 RCP-P2 Refused due to recipient preferences",
    "500 Remote server does not support TLS (state 6).",
    "554 Service currently unavailable",
    "421 4.2.0 Service refuse. Veuillez essayer plus tard.",
    "550 发信频率过高",
    "550 Rejected",
    "571 No PTR Record found. Reverse DNS required: 192.0.2.9",
    "550 user@here.example account is overquota",
    "Host or domain name not found. Name service error for name=firm.example type=MX: Host not found, try again",
    "Host or domain name not found. Name service error for name=x type=MX: Malformed or unexpected name server reply",
    "mail for firm.example loops back to myself",
    "450 4.1.1 <{a}>: Recipient address rejected: unverified address: Address verification in progress",
    "The number of messages in recipient's mailbox exceeded the local limit.",
    "As their mailbox is full",
    "550 Rejected by header based Anti-Spoofing policy",
    "550 DY-001 Mail rejected for policy reasons",
    "550 5.1.8 Access denied, bad outbound sender",
    "554 IB103 Connection refused. 192.0.2.9 has been blocked",
    "550 5.1.20 Multiple From addresses are not allowed",
    "CNAME lookup failed temporarily. (#4.4.3)",
    "421 4.4.5 Server busy, try again later from 192.0.2.9",
    "450 4.2.1 mailbox temporarily disabled",
    "550 5.6.0 Address in header From does not exist",
    "550 5.1.1 Mail from your IP blocked; see the list. Recipient unknown to us",
    "554 5.7.1 Rejected: 192.0.2.9 listed at dnsbl.example, no such user helps",
    "550 5.1.7 sender address does not exist: us@sender.example",
    "554 5.7.1 Client host rejected: cannot find your hostname, unknown",
    "450 4.7.1 Recipient address rejected: Greylisted, mailbox not known to us yet",
]


def _head(sender: str, subject: str, content_type: str, extra: str = "") -> str:
    return (
        f"Return-Path: <>\nFrom: {sender}\nTo: <bounce@sender.example>\nSubject: {subject}\n"
        f"Date: Mon, 2 Nov 2026 09:00:00 +0000\nMIME-Version: 1.0\n{extra}Content-Type: {content_type}\n\n"
    )


ORIGINAL = (
    "Message-ID: <0123456789abcdef@sender.example>\nFrom: Paper Boat <us@sender.example>\nTo: <{a}>\n"
    "Subject: Price list\nDate: Mon, 2 Nov 2026 08:59:00 +0000\n\nDear reader, here is our list.\n"
)


def postfix(said: str, address: str) -> str:
    return (
        _head("MAILER-DAEMON@mx.other.example (Mail Delivery System)", "Undelivered Mail Returned to Sender",
              'multipart/report; report-type=delivery-status; boundary="B"', "Auto-Submitted: auto-replied\n")
        + "--B\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        "This is the mail system at host mx.other.example.\n\nI'm sorry to have to inform you that your message could "
        "not\nbe delivered to one or more recipients. It's attached below.\n\n"
        f"<{address}>: host mx.firm.example[192.0.2.8] said: {said}\n"
        "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.other.example\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; {said}\n\n"
        "--B\nContent-Type: message/rfc822\n\n" + ORIGINAL.format(a=address) + "\n--B--\n"
    )  # fmt: skip


def exim(said: str, address: str) -> str:
    return (
        _head("Mail Delivery System <Mailer-Daemon@mx.other.example>",
              "Mail delivery failed: returning message to sender", "text/plain; charset=utf-8",
              f"X-Failed-Recipients: {address}\nAuto-Submitted: auto-replied\nContent-Transfer-Encoding: 8bit\n")
        + "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {address}\n    SMTP error from remote mail server after RCPT TO:<{address}>:\n"
        f"    host mx.firm.example [192.0.2.8]: {said}\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n" + ORIGINAL.format(a=address)
    )  # fmt: skip


def qmail(said: str, address: str) -> str:
    return (
        _head("MAILER-DAEMON@mx.other.example", "failure notice", "text/plain; charset=utf-8",
              "Content-Transfer-Encoding: 8bit\n")
        + "Hi. This is the qmail-send program at mx.other.example.\nI'm afraid I wasn't able to deliver your message "
        "to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{address}>:\n192.0.2.8 does not like recipient.\nRemote host said: {said}\nGiving up on 192.0.2.8.\n\n"
        "--- Below this line is a copy of the message.\n\n" + ORIGINAL.format(a=address)
    )  # fmt: skip


def sendmail(said: str, address: str) -> str:
    return (
        _head("Mail Delivery Subsystem <MAILER-DAEMON@mx.other.example>",
              "Returned mail: see transcript for details",
              'multipart/report; report-type=delivery-status; boundary="S"',
              "Auto-Submitted: auto-generated (failure)\n")
        + "--S\n\nThe original message was received at Mon, 2 Nov 2026 09:00:00 GMT\nfrom localhost [127.0.0.1]\n\n"
        f"   ----- The following addresses had permanent fatal errors -----\n<{address}>\n    (reason: {said})\n\n"
        f"   ----- Transcript of session follows -----\n... while talking to mx.firm.example.:\n>>> DATA\n<<< {said}\n"
        "554 5.0.0 Service unavailable\n\n--S\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.other.example\n\nFinal-Recipient: RFC822; {address}\nAction: failed\nStatus: 5.0.0\n"
        f"Diagnostic-Code: SMTP; {said}\n\n--S\nContent-Type: text/rfc822-headers\n\n"
        + ORIGINAL.format(a=address) + "\n--S--\n"
    )  # fmt: skip


def exchange(said: str, address: str) -> str:
    body = base64.encodebytes(
        f"Delivery has failed to these recipients or groups:\n\n{address}\nYour message wasn't delivered.\n\n"
        f"Diagnostic information for administrators:\n\nGenerating server: mail.firm.example\n\n{address}\n"
        f"#< #SMTP#> {said}\n".encode()
    ).decode()
    return (
        _head("Microsoft Outlook <postmaster@firm.example>", "Undeliverable: Price list",
              'multipart/report; report-type=delivery-status; boundary="X"', "Auto-Submitted: auto-replied\n")
        + "--X\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + body
        + "--X\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;mail.firm.example\n\n"
        f"Final-Recipient: rfc822;{address}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp;{said}\n\n"
        "--X\nContent-Type: message/rfc822\n\n" + ORIGINAL.format(a=address) + "\n--X--\n"
    )  # fmt: skip


def gmail(said: str, address: str) -> str:
    return (
        _head("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Failure)",
              "text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit\n")
        + f"Delivery to the following recipient failed permanently:\n\n     {address}\n\nTechnical details of "
        "permanent failure: \nThe mail was rejected by the server for the recipient domain firm.example.\n\nThe error "
        f"that the other server returned was:\n{said}\n\n----- Original message -----\n\n" + ORIGINAL.format(a=address)
    )  # fmt: skip


def qq(said: str, address: str) -> str:
    words = quopri.encodestring(
        f"<p>很抱歉您发送的邮件被退回，以下是该邮件的相关信息：</p><p>收件人：{address}</p>"
        f"<p>退信原因：</p><p>{said}</p>".encode()
    ).decode()
    return (
        _head('"PostMaster" <PostMaster@qq.example>', "=?utf-8?B?57O757uf6YCA5L+h?=",
              'multipart/mixed; boundary="Q"')
        + "--Q\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" + words
        + "\n--Q\nContent-Type: message/rfc822\n\n" + ORIGINAL.format(a=address) + "\n--Q--\n"
    )  # fmt: skip


def opensmtpd(said: str, address: str) -> str:
    return (
        _head("Mailer Daemon <MAILER-DAEMON@mx.other.example>", "Delivery status notification: failed",
              "text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit\n")
        + "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred "
        f"while attempting to deliver a message for\n    the following list of recipients:\n\n{address}: {said}\n\n"
        "    Below is a copy of the original message:\n\n" + ORIGINAL.format(a=address)
    )  # fmt: skip


FORMS: tuple[Callable[[str, str], str], ...] = (postfix, exim, qmail, sendmail, exchange, gmail, qq, opensmtpd)

VACATIONS = [
    ("Out of Office: Price list", "I am travelling until Monday."),
    ("Automatic reply: Price list", "I am on leave."),
    ("Abwesenheitsnotiz: Preisliste", "Ich bin bis Montag nicht im Büro."),
    ("Automatische Antwort: Preisliste", "Ihre Nachricht wird nicht weitergeleitet."),
    ("Réponse automatique : tarif", "Je suis absent jusqu'à lundi."),
    ("Respuesta automática: lista de precios", "Estoy fuera de la oficina."),
    ("Resposta automática: lista de preços", "Estou fora do escritório."),
    ("Risposta automatica: listino", "Sono fuori ufficio."),
    ("自动回复: 价格表", "我正在出差，回来后会尽快回复您。"),
    ("自動回覆：價目表", "我不在辦公室。"),
    ("自動返信: 価格表", "ただいま休暇をいただいております。"),
    ("Re: 価格表（不在）", "不在にしております。"),
    ("Автоответ: прайс-лист", "Я в отпуске."),
    ("자동 회신: 가격표", "휴가 중입니다."),
    ("رد تلقائي: قائمة الأسعار", "أنا خارج المكتب."),
    ("Otomatik yanıt: fiyat listesi", "Ofis dışındayım."),
    ("Automatisch antwoord: prijslijst", "Ik ben afwezig."),
    ("Autosvar: prislista", "Jag är på semester."),
    ("Automatyczna odpowiedź: cennik", "Jestem poza biurem."),
    ("Trả lời tự động: bảng giá", "Tôi vắng mặt."),
]


def vacation(subject: str, words: str) -> str:
    return (
        "Return-Path: <>\nFrom: Reader <reader@firm.example>\nTo: <us@sender.example>\nAuto-Submitted: auto-replied\n"
        f"Subject: {subject}\nIn-Reply-To: <0123456789abcdef@sender.example>\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{words}\n"
    )


PROGRAMS = [
    "X-Autoreply: yes", "X-Autorespond: Price list", "Precedence: auto_reply",
    "Auto-Submitted: auto-generated", "Auto-Submitted: auto-notified; owner-email=\"a@b.example\"",
]  # fmt: skip
CHALLENGES = [
    "This mail was quarantined until you click the link: prove you are a person.",
    "Please confirm that you sent this message. I use SpamArrest.",
    "Sender verification required: click here to have your mail approve",
    "Your message has been waitlisted. Please add yourself to my Guest List.",
]


def by_program(header: str, words: str) -> str:
    return (
        f"From: Help <help@firm.example>\nTo: <us@sender.example>\n{header}\nSubject: Re: Price list\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{words}\n"
    )


FEEDBACK = ["abuse", "fraud", "virus", "other", "not-spam", "auth-failure", "opt-out", "dkim"]


def feedback(kind: str, address: str) -> str:
    return (
        "From: <fbl@mail.example>\nTo: <fbl@sender.example>\nSubject: FW: Price list\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="F"\n\n--F\nContent-Type: text/plain\n\n'
        "This is an email abuse report.\n\n--F\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: Maker/1.0\nVersion: 1\nOriginal-Rcpt-To: <{address}>\n\n"
        "--F\nContent-Type: message/rfc822\n\n" + ORIGINAL.format(a=address) + "\n--F--\n"
    )


LETTERS = [
    ("Re: Price list", "Thank you, could you quote 500 pieces?", "In-Reply-To: <0123456789abcdef@sender.example>\n"),
    ("Anfrage", "Bitte senden Sie uns ein Angebot.", ""),
    ("询价", "请报价 500 件。", ""),
    ("見積のお願い", "500個の見積をお願いします。", ""),
    ("Our newsletter", "News of the month", "List-Id: <news.firm.example>\n"),
    ("Your delivery last week", "Where is our parcel? The container has not arrived.", ""),
    ("Re: Undelivered mail?", "Did you get my mail? It seems my server returned one.", "In-Reply-To: <x@y.example>\n"),
    ("Holiday greetings", "We wish you a happy new year.", ""),
    ("Invoice not delivered", "Please send the invoice again.", "In-Reply-To: <x@y.example>\n"),
    ("Complaint", "Two boxes arrived broken. This is a complaint.", "In-Reply-To: <x@y.example>\n"),
]  # fmt: skip


def letter(subject: str, words: str, headers: str) -> str:
    return (
        f"From: Reader <reader@firm.example>\nTo: <us@sender.example>\nSubject: {subject}\n{headers}"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
    )


def corpus() -> Iterator[tuple[str, str, bytes]]:
    """(what it is, the class it must get, the mail)."""
    for kind, sentences in (("hard", HARD), ("soft", SOFT)):
        for number, said in enumerate(sentences):
            address = f"reader{number}@firm.example"
            for form in (FORMS[number % len(FORMS)], FORMS[(number + 3) % len(FORMS)]):
                yield f"{form.__name__}: {said}", kind, form(said.format(a=address), address).encode()
    for subject, words in VACATIONS:
        yield subject, "auto_reply", vacation(subject, words).encode()
    for header in PROGRAMS:
        yield header, "auto_reply", by_program(header, "We have received your mail.").encode()
    for words in CHALLENGES:
        yield words, "auto_reply", by_program("Auto-Submitted: auto-replied", words).encode()
    for kind in FEEDBACK:
        yield f"feedback {kind}", "complaint", feedback(kind, "reader@firm.example").encode()
    for subject, words, headers in LETTERS:
        yield f"letter {subject}", "unknown", letter(subject, words, headers).encode()
