"""The one server entry."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
pages = get_wsgi_application()

from guanxi.api.call_door import CallDoor  # noqa: E402  (its models need Django set up)
from guanxi.config.bridge import Bridge, environment  # noqa: E402
from guanxi.kernel.cycles import look_rarely  # noqa: E402
from guanxi.public.hit_door import HitDoor  # noqa: E402

THREADS = 8

look_rarely()
application = HitDoor(CallDoor(Bridge(pages, threads=THREADS), environment))
