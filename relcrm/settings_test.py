"""Settings for tests: the same house with a quick hasher, mail kept in memory and nothing hidden."""

import os

from relcrm.kit.env import VAR
from relcrm.serve.embedded import start_postgres

# Before the settings are read: one server for all test processes, which inherit the address.
if not os.environ.get("DATABASE_URL"):
    SERVER, os.environ["DATABASE_URL"] = start_postgres(VAR / "pg-test", durable=False)

from relcrm.settings import *  # noqa: E402, F403  (a settings module is its names; the server comes first)

DEBUG = False
SECRET_KEY = "tests-only-tests-only-tests-only-tests-only-tests-only-0123456789"  # noqa: S105  (signs nothing outside the tests)
NOTES_KEY = "tests-only"
PUBLIC_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
# A page that asks the database once per row raises.
ZEAL_NPLUSONE_THRESHOLD = 4  # the three consents of one form are not the rows of a list
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]  # noqa: F405  (comes with the star import above)
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]  # noqa: F405  (as above)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MAILERS = {
    "default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"},
    "bulk": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"},
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files straight from where they are written: tests collect nothing.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
CELERY_BROKER_URL = "memory://"
CELERY_TASK_ALWAYS_EAGER = True
DATABASES = {  # noqa: F405  (comes with the star import above)
    "default": DATABASES["default"] | {"TEST": {"NAME": os.environ.get("TEST_DATABASE", "test_relcrm")}},  # noqa: F405
}
