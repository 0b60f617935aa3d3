"""The fuse box: Django settings, the addresses of the three doors, the server entry.

It never holds a business threshold; those are policy rows of their rooms.
It may ask every door, and nobody asks it.
"""

from guanxi.config.sqlite_build import use_fixed_build

use_fixed_build()
