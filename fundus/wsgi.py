import os

import django
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured

from fundus.requests import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundus.settings")
django.setup(set_prefix=False)
application = Handler()

# A web server started by itself has not gone through `manage.py check`: a demonstration open to
# the network, or an example key, must not get as far as the first request.
forbidden = [found for found in run_checks(tags=[Tags.security]) if found.is_serious()]
if forbidden:
    raise ImproperlyConfigured("\n".join(f"{found.msg} {found.hint or ''}" for found in forbidden))
