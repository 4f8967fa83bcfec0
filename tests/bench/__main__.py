"""How fast and how small the studio is: `make bench`. It makes its own rows, takes some twenty minutes, judges nothing:
the figures that count are ratios, both halves of which come from the same run.
"""

import os

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    django.setup()
    from .figures import main

    main()
