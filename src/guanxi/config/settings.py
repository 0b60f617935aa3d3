"""Django's settings, read from the environment once. Deployment only: thresholds and senders are rows (house B9)."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from guanxi.config.environ import Environ, OddSetting
from guanxi.config.keys import master_key
from guanxi.config.secret import installation_secret
from guanxi.transports import smtp_url

environ = Environ()
PACKAGE = Path(__file__).resolve().parents[1]

GUANXI_DATA = environ.folder("GUANXI_DATA", "./data")
# Photos of production; nothing is served from here but by views that ask who looks.
MEDIA_ROOT = GUANXI_DATA / "media"
GUANXI_SMTP_URL = environ.secret("GUANXI_SMTP_URL")
if GUANXI_SMTP_URL:
    try:
        smtp_url.parse(GUANXI_SMTP_URL)
    except smtp_url.OddSmtpUrl as error:
        raise OddSetting("GUANXI_SMTP_URL", str(error)) from None
GUANXI_SPARK_MASTER = environ.text("GUANXI_SPARK_MASTER")
PUBLIC_URL = environ.public_url("GUANXI_PUBLIC_URL", "http://127.0.0.1:8000")

DEBUG = environ.flag("GUANXI_DEBUG")
SECRET_KEY = installation_secret(environ, GUANXI_DATA)
GUANXI_MASTER_KEY = master_key(environ, GUANXI_DATA)
GUANXI_KEYS = environ.text("GUANXI_KEYS")
GUANXI_KEYS_PATH = Path(environ.text("GUANXI_KEYS_FILE", str(GUANXI_DATA / "keys"))).expanduser().absolute()
DATABASES = {"default": environ.database("GUANXI_DATABASE_URL", folder=GUANXI_DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_PUBLIC_HOST = PUBLIC_URL.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0].strip("[]")
ALLOWED_HOSTS = sorted({_PUBLIC_HOST, "127.0.0.1", "localhost", "[::1]"})
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
_IS_HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "ninja",
    "guanxi.firm",
    "guanxi.staff",
    "guanxi.ledger",
    "guanxi.catalogue",
    "guanxi.consent",
    "guanxi.supply",
    "guanxi.scoring",
    "guanxi.recommendations",
    "guanxi.tiering",
    "guanxi.content",
    "guanxi.offers",
    "guanxi.budget",
    "guanxi.papers",
    "guanxi.desk",
    "guanxi.outbox",
    "guanxi.segments",
    "guanxi.tracking",
    "guanxi.inbox",
    "guanxi.webhooks",
    "guanxi.intake",
    "guanxi.care",
    "guanxi.journeys",
    "guanxi.campaigns",
    "guanxi.privacy",
    "guanxi.pipeline",
    "guanxi.console",
    "guanxi.public",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "guanxi.console.reading_log.ReadingLogMiddleware",
    "guanxi.console.access.AccessMiddleware",
]

ROOT_URLCONF = "guanxi.config.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "guanxi.console.frame.page_frame",
            ],
        },
    },
]

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login/"
ACCOUNT_ADAPTER = "guanxi.console.sign_in.ConsoleAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
MFA_ADAPTER = "guanxi.console.sign_in.ConsoleMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Guanxi"

SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Which header of the proxy tells the visitor's country, e.g. CF-IPCountry (api.storefront).
GUANXI_COUNTRY_HEADER = environ.text("GUANXI_COUNTRY_HEADER")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environ.flag("GUANXI_BEHIND_PROXY") else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # ECharts and Tabler set style attributes from script, which CSP counts as inline.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["guanxi.config.formats"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
# Nothing is collected: the pages find their files in the package (WHITENOISE_USE_FINDERS).
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": GUANXI_DATA / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_TEMP_DIR = None

# Mail to staff (invitations, resets) goes through our own transport, so that it too lands in the drawer.
EMAIL_BACKEND = "guanxi.console.staff_mail.StaffMailBackend"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": environ.text("GUANXI_LOG_LEVEL", "WARNING")},
}
