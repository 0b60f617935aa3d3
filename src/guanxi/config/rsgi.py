"""The one server entry."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
pages = get_wsgi_application()

from guanxi.config.bridge import Bridge  # noqa: E402
from guanxi.public.hit_door import HitDoor  # noqa: E402  (its models need Django set up)

THREADS = 8

application = HitDoor(Bridge(pages, threads=THREADS))
