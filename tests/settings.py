"""The settings under test: the product's own, with an empty environment and a data folder that is thrown away."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# Loaded before any conftest: what the developer has set for his own workspace must not reach a test.
_KEPT = {
    "GUANXI_DATABASE_URL", "GUANXI_SHARED_DATA", "GUANXI_FAULTS", "GUANXI_FAULTS_SEED", "GUANXI_BROWSER",
    "GUANXI_SPARK_CLUSTER",
}  # fmt: skip
for _name in [name for name in os.environ if name.startswith("GUANXI_")]:
    if _name not in _KEPT:
        del os.environ[_name]
os.environ["GUANXI_DATA"] = tempfile.mkdtemp(prefix="guanxi-tests-")
atexit.register(shutil.rmtree, os.environ["GUANXI_DATA"], ignore_errors=True)

from guanxi.config.settings import *  # noqa: E402, F403

# Each of a thousand clients would list every file that a page may ask for.
WHITENOISE_AUTOREFRESH = True

# The product's scrypt takes a tenth of a second on purpose; a suite signs in a thousand times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
