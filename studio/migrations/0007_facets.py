"""What takes are filtered by, as one number at the end of each index for finding."""

from functools import reduce
from operator import add

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Case, IntegerField, Q, Value, When

IN_VIEW = Q(deleted_at=None)
LEADS = ("keeping", "status", "type", "seconds", "resolution", "aspect_ratio")
ORDERS = {"": ["id"], "_cost": ["cost", "id"], "_rating": ["rating", "id"]}
FIELDS = {
    "find_created_at": ["created_at", "id"],
    "find_id": ["id"],
    "find_cost": ["cost", "id"],
    "find_rating": ["rating", "id"],
    "find_rating_cost": ["rating", "cost", "id"],
    **{f"find_favorite{order}": columns for order, columns in ORDERS.items()},
    **{f"find_{lead}{order}": [lead, *columns] for lead in LEADS for order, columns in ORDERS.items()},
}
NEW_FIELDS = {
    "find_type_resolution_cost": ["type", "resolution", "cost", "id"],
    "find_type_seconds_cost": ["type", "seconds", "cost", "id"],
    "find_resolution_seconds_cost": ["resolution", "seconds", "cost", "id"],
    "find_price_cost": ["type", "resolution", "seconds", "cost", "id"],
}
SHELVES = {"tagging": "tag", "membership": "collection"}
NUMBERED = {
    "type": ("text-to-video", "image-to-video", "lipsync", "control"),
    "status": ("queued", "submitting", "running", "succeeded", "failed", "unconfirmed", "closed", "canceled"),
    "keeping": ("off", "pending", "kept", "failed"),
    "resolution": ("480p", "720p", "1080p"),
    "aspect_ratio": ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"),
    "seconds": tuple(range(5, 21)),
    "rating": (1, 2, 3, 4, 5),
    "favorite": (True,),
    "deleted_at__isnull": (False,),
}


def facets():
    found, shift = [], 0
    for lookup, values in NUMBERED.items():
        whens = [When(Q((lookup, value)), then=Value(number << shift)) for number, value in enumerate(values, 1)]
        found.append(Case(*whens, default=Value(0), output_field=IntegerField()))
        shift += len(values).bit_length()
    return reduce(add, found)


def index(name, columns):
    condition = IN_VIEW & Q(favorite=True) if name.startswith("find_favorite") else IN_VIEW
    return models.Index(fields=["owner", *columns], condition=condition, name=name)


def swapped(model, old, new):
    """Operations that take away what is old, and those that add what is new."""
    gone = [migrations.RemoveIndex(model, name) for name in old]
    return gone, [migrations.AddIndex(model, each) for each in new]


def shelf(model, name):
    old = [f"find_{name}_{column}" for column in ("cost", "rating", "created_at")]
    new = [
        models.Index(fields=[name, *by, "generation", "facets"], name="_".join(("find", name, *by)))
        for by in ((), ("cost",), ("rating",), ("created_at",))
    ]
    gone, added = swapped(model, old, new)
    return [
        *gone,
        migrations.RemoveField(model, "favorite"),
        migrations.AddField(model, "facets", models.IntegerField(default=0)),
        *added,
    ]


GONE, ADDED = swapped(
    "generation",
    FIELDS,
    [index(name, [*columns, "facets"]) for name, columns in {**FIELDS, **NEW_FIELDS}.items()],
)


class Migration(migrations.Migration):

    dependencies = [("studio", "0006_shelves")]

    operations = [
        *GONE,
        migrations.AddField(
            "generation",
            "facets",
            models.GeneratedField(expression=facets(), output_field=models.IntegerField(), db_persist=True),
        ),
        *ADDED,
        *(operation for model, name in SHELVES.items() for operation in shelf(model, name)),
    ]
