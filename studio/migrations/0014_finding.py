"""One index for each order of the gallery in place of one for each filter under each order, and no copies of what takes
are filtered and ordered by.
"""

from django.db import migrations, models
from django.db.models import Q

IN_VIEW = Q(deleted_at=None)
FILTERED = ["type", "status", "keeping", "resolution", "seconds", "aspect_ratio", "rating", "favorite"]
LEADS = ("keeping", "status", "type", "seconds", "resolution", "aspect_ratio")
ORDERS = ("", "_cost", "_rating")
OLD = [
    "find_created_at", "find_id", "find_cost", "find_rating", "find_rating_cost",
    *(f"find_favorite{order}" for order in ORDERS),
    *(f"find_{lead}{order}" for lead in LEADS for order in ORDERS),
    "find_type_resolution_cost", "find_type_seconds_cost", "find_resolution_seconds_cost", "find_price_cost",
]  # fmt: skip
NEW = [
    models.Index(fields=["owner", "id", *FILTERED], condition=IN_VIEW, name="find_id"),
    models.Index(fields=["owner", "created_at", "id", *FILTERED, "cost"], condition=IN_VIEW, name="find_created_at"),
    models.Index(fields=["owner", "cost", "id", *FILTERED], condition=IN_VIEW, name="find_cost"),
    models.Index(
        fields=["owner", "rating", "id", *(column for column in FILTERED if column != "rating")],
        condition=IN_VIEW,
        name="find_rating",
    ),
    models.Index(
        fields=["owner", "id"],
        condition=IN_VIEW & Q(status__in=["queued", "submitting", "running"]),
        name="find_unfinished",
    ),
    models.Index(fields=["owner", "id"], condition=IN_VIEW & Q(status="unconfirmed"), name="unconfirmed"),
    models.Index(fields=["owner", "id"], condition=IN_VIEW & Q(keeping="failed"), name="not_kept"),
]
LINKS = {"tagging": "tag", "membership": "collection"}
COPIES = ("facets", "cost", "rating", "created_at")


def without_copies(model, name):
    """What a tag or a collection is on, without what was copied from the takes."""
    indexes = [f"find_{name}", *(f"find_{name}_{column}" for column in COPIES[1:])]
    return [
        *(migrations.RemoveIndex(model, index) for index in indexes),
        *(migrations.RemoveField(model, column) for column in COPIES),
    ]


class Migration(migrations.Migration):

    dependencies = [("studio", "0013_file_jobs")]

    operations = [
        *(migrations.RemoveIndex("generation", name) for name in OLD),
        migrations.RemoveField("generation", "facets"),
        *(migrations.AddIndex("generation", index) for index in NEW),
        *(operation for model, name in LINKS.items() for operation in without_copies(model, name)),
    ]
