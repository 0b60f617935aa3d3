"""Django's own commands; `guanxi manage` does the same."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
    import guanxi.config  # noqa: F401  (chooses the SQLite build first)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
