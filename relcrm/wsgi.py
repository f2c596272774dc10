"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from relcrm.kit.env import load_secrets
from relcrm.kit.startup import read_settings

load_secrets()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relcrm.settings")
read_settings()
application = get_wsgi_application()
# Loads every page's code once, before gunicorn's workers part.
get_resolver().url_patterns  # noqa: B018  (reading it is what loads it)
