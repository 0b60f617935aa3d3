"""The one server entry."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
django_application = get_wsgi_application()

from guanxi.public.hit_door import in_front_of  # noqa: E402  (its models need Django set up)

application = in_front_of(django_application)
