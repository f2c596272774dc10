"""Settings, driven by the environment (README, "Settings"). Production is a PUBLIC_URL with https."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import bootstrap as bootstrap_files
import dj_database_url
from django.utils.csp import CSP

from relcrm.kit import env, startup

BASE_DIR = env.ROOT
VAR = env.VAR

DEBUG = env.flag("DEBUG")
PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{env.text('PORT', '8000')}").rstrip("/")
PRODUCTION = PUBLIC_URL.startswith("https://")
if PRODUCTION:
    startup.refuse_weak_values()
SECRET_KEY = env.text("SECRET_KEY", "" if PRODUCTION else startup.LOCAL_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
NOTES_KEY = env.text("NOTES_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else f"127.0.0.1,localhost,{urlsplit(PUBLIC_URL).hostname}")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PRODUCTION else []
EMBED_ORIGINS = env.words("EMBED_ORIGINS")
# Proxies of our own in front of us, whose X-Forwarded-For entries count. Production sits behind one.
TRUSTED_PROXY_COUNT = int(env.text("TRUSTED_PROXY_COUNT", "1" if PRODUCTION else "0"))
INSTANCE_ID = env.text("INSTANCE_ID")
# What lives beside the database, not in it; the web and the workers share this folder.
BESIDE = Path(env.text("BESIDE", str(VAR / "beside")))
# Digests of people erased: what a restored dump does not know (patrons.services.tombstones).
ERASURES_FILE = BESIDE / "erasures"
# Where files of the library system wait; gone after `keep_exports_hours`.
IMPORTS_FOLDER = BESIDE / "imports"
# Tables of patrons that staff made; gone after `keep_exports_hours`.
EXPORTS_FOLDER = BESIDE / "exports"
IMPORT_UPLOAD_MB = int(env.text("IMPORT_UPLOAD_MB", "300"))
LIBRARY_NAME = env.text("LIBRARY_NAME", "The Library")
DEMO_PASSWORD = env.text("DEMO_PASSWORD")
WEBHOOK_SECRET = env.text("WEBHOOK_SECRET")

INSTALLED_APPS = [
    "relcrm.desk",
    "outreach",
    "engagement",
    "patrons",
    "catalog",
    "library",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "relcrm.kit.web.private_pages",
    "relcrm.kit.bodies.BoundedBodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "library.views.accounts.end_left_sessions",
    "library.views.accounts.SignInFirst",
    "library.views.second_step.SecondStepFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "relcrm.urls"
WSGI_APPLICATION = "relcrm.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "relcrm.kit.web.page_context",
            ],
        },
    },
]

DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL", "postgres://postgres@/relcrm"), conn_max_age=60, conn_health_checks=True
    )
}
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# People
AUTH_USER_MODEL = "library.User"
AUTHENTICATION_BACKENDS = ["library.services.accounts.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "library.services.passwords.GuessedFirstValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "library.views.sign_in.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "5/m/ip,3/h/key"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {
    "login": "library.forms.accounts.SignInForm",
    "reset_password": "library.forms.accounts.AskForPasswordForm",
    "reset_password_from_key": "library.forms.accounts.NewPasswordForm",
    "change_password": "library.forms.accounts.OtherPasswordForm",
    "reauthenticate": "library.forms.accounts.PasswordAgainForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "library.views.sign_in.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A code counts half a minute longer and earlier than its time, for clocks that differ and for slow fingers.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "library.forms.second_step.CodeForm",
    "authenticate_webauthn": "library.forms.second_step.PasskeyForm",
    "reauthenticate": "library.forms.second_step.CodeAgainForm",
    "reauthenticate_webauthn": "library.forms.second_step.PasskeyAgainForm",
    "activate_totp": "library.forms.second_step.FirstCodeForm",
    "add_webauthn": "library.forms.second_step.NewPasskeyForm",
}
# Where the tick notes the newest audit line.
AUDIT_FOLDER = BESIDE
SESSION_ENGINE = "library.services.sessions"
SESSION_COOKIE_AGE = int(env.text("STAFF_LONGEST_HOURS", "12")) * 60 * 60
STAFF_IDLE = timedelta(minutes=int(env.text("STAFF_IDLE_MINUTES", "30")))

# Words and times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("fr", "Français"), ("pt", "Português"), ("af", "Afrikaans")]
LOCALE_PATHS = [BASE_DIR / "relcrm" / "locale"]
FORMAT_MODULE_PATH = ["relcrm.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "UTC")

# Mail
EMAIL_URL = env.text("EMAIL_URL", f"file://{VAR / 'mail'}")
EMAIL_URL_BULK = env.text("EMAIL_URL_BULK", EMAIL_URL)
MAILERS = {"default": env.mailer(EMAIL_URL), "bulk": env.mailer(EMAIL_URL_BULK)}
MAIL_FROM = env.text("MAIL_FROM", "library@localhost")
# The sender of check-ins and of what the library starts, so that a complaint about them never weighs on answers.
MAIL_FROM_BULK = env.text("MAIL_FROM_BULK", MAIL_FROM)
DEFAULT_FROM_EMAIL = MAIL_FROM
REPLY_DOMAIN = env.text("REPLY_DOMAIN", MAIL_FROM.rpartition("@")[2].rstrip(">") or "localhost")
# What mail services prove themselves with when they call /hooks/ (docs/mail.md).
ANYMAIL = env.mail_services(WEBHOOK_SECRET)
# Where the mail server's public key is published; the doctor looks it up.
DKIM_SELECTOR = env.text("DKIM_SELECTOR")

# Pages
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", Path(next(iter(bootstrap_files.__path__))))]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
# The most any address takes: a mail with its files, from a mail service. Others take 1 MB (relcrm.kit.bodies).
DATA_UPLOAD_MAX_MEMORY_SIZE = 25_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# Walls
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "relcrm.kit.web.form_expired"
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"

# Work
CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "relcrm.kit.log.RedactLinks"}},
    "formatters": {"line": {"()": "relcrm.kit.log.JsonLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["redact"], "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "propagate": True}, "django.server": {"handlers": [], "propagate": True}},
}
