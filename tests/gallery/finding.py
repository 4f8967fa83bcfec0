"""Takes of all kinds, and what can be asked of them."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from studio.gallery.finding import Criteria, Cursor
from studio.generations.models import Generation
from studio.library.models import Collection
from studio.library.review import collect, tag
from tests.rows import ask, user

SAME = datetime(2026, 3, 1, 12, tzinfo=UTC)


def mine():
    return Generation.objects.owned_by(user())


def all_pages(criteria, count=7):
    """The ids, page after page, until there is none."""
    found, cursor, order = [], None, criteria.order
    while True:
        rows = criteria.page(mine(), cursor, count)
        found += [row.pk for row in rows]
        if len(rows) < count:
            return found
        cursor = Cursor.parse(Cursor.at(rows[-1], order).text(order), order)


def in_order(rows, criteria):
    order = criteria.order
    rows = sorted(rows, key=lambda row: (getattr(row, order.column), row.pk), reverse=order.descending)
    return [row.pk for row in rows]


def some_takes(count=120):
    """Takes of all kinds: few values for each column, so that there are many of each."""
    chance = random.Random(5)
    first = ask()[0]
    rows = []
    for number in range(count):
        first.pk, first.submission = None, None
        first.type = chance.choice(("text-to-video", "lipsync"))
        first.status = chance.choice(("queued", "running", "succeeded", "succeeded", "failed"))
        first.resolution = chance.choice(("480p", "720p"))
        first.aspect_ratio = chance.choice(("16:9", "9:16", "5:4"))
        first.seconds = chance.choice((Decimal(5), Decimal("12.5")))
        first.favorite = chance.random() < 0.3
        first.rating = chance.choice((0, 0, 3, 4, 5))
        first.keeping = chance.choice(("off", "kept", "failed"))
        first.charged, first.credits = chance.choice((("no", None), ("yes", 24), ("yes", 24), ("maybe", None)))
        first.created_at = SAME + timedelta(hours=number // 20)
        first.deleted_at = SAME if number % 10 == 0 else None
        rows.append(
            Generation(
                **{
                    field.attname: getattr(first, field.attname)
                    for field in Generation._meta.concrete_fields
                    if not field.generated
                }
            )
        )
    Generation.objects.bulk_create(rows)
    takes = mine().in_view()
    tag(takes.filter(seconds=5, rating__gt=0), user().pk, ["Night"])
    shelf = Collection.objects.create(owner=user(), name="Scene 7")
    collect(takes.filter(resolution="480p"), shelf)
    return list(takes), shelf


def asking(exact, **more):
    """Ratings are asked for with all that are better."""
    least = min(exact.get("rating", (0,)))
    return Criteria({name: values for name, values in exact.items() if name != "rating"}, least, **more)


EXACT = [
    {}, {"type": ("lipsync",)}, {"status": ("failed",)}, {"status": ("queued", "running")},
    {"status": ("queued", "submitting", "running")}, {"resolution": ("480p",)},
    {"aspect_ratio": ("9:16",)}, {"seconds": (Decimal("12.5"),)}, {"favorite": (True,)}, {"rating": (3, 4, 5)},
    {"rating": (5,)}, {"keeping": ("kept",)}, {"keeping": ("off",), "status": ("succeeded",)},
    {"rating": (4, 5), "status": ("queued", "running"), "type": ("lipsync",)}, {"status": ()},
    {"type": ("text-to-video",), "resolution": ("480p",)}, {"type": ("lipsync",), "seconds": (Decimal(5),)},
    {"resolution": ("720p",), "seconds": (Decimal("12.5"),), "aspect_ratio": ("5:4",)},
    {"type": ("lipsync",), "resolution": ("480p",), "seconds": (Decimal(5),), "status": ("succeeded",)},
]  # fmt: skip
