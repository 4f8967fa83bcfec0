"""The tables between takes and their tags and collections carry what takes are put in order by."""

import datetime

import django.db.models.deletion
from django.db import migrations, models

BEGINNING = datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)


def links(name, shelf, related_name, constraint):
    """A take on a shelf: its table, with an index for each order."""
    return migrations.CreateModel(
        name=name,
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("favorite", models.BooleanField(default=False)),
            ("cost", models.PositiveIntegerField(default=0)),
            ("rating", models.PositiveSmallIntegerField(default=0)),
            ("created_at", models.DateTimeField(default=BEGINNING)),
            (
                "generation",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to="studio.generation"
                ),
            ),
            (
                shelf,
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name=related_name,
                    to=f"studio.{shelf}",
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=(shelf, "generation"), name=constraint)],
            "indexes": [
                models.Index(fields=[shelf, column, "generation"], name=f"find_{shelf}_{column}")
                for column in ("cost", "rating", "created_at")
            ],
        },
    )


def copy(old, new, shelf):
    """What stands in the old table, into the new one, and back."""
    return migrations.RunSQL(
        f"INSERT INTO {new} (generation_id, {shelf}_id, favorite, cost, rating, created_at)"
        f" SELECT g.id, l.{shelf}_id, g.favorite, g.cost, g.rating, g.created_at"
        f" FROM {old} l JOIN studio_generation g ON g.id = l.generation_id",
        f"INSERT INTO {old} (generation_id, {shelf}_id) SELECT generation_id, {shelf}_id FROM {new}",
    )



def through(kind, table):
    return models.ManyToManyField(related_name="generations", through=f"studio.{table}", to=f"studio.{kind}")


class Migration(migrations.Migration):

    dependencies = [("studio", "0005_find")]

    operations = [
        migrations.RunSQL(
            "DROP INDEX find_tag", "CREATE INDEX find_tag ON studio_generation_tags (tag_id, generation_id)"
        ),
        migrations.RunSQL(
            "DROP INDEX find_collection",
            "CREATE INDEX find_collection ON studio_generation_collections (collection_id, generation_id)",
        ),
        links("Tagging", "tag", "taggings", "one_tagging"),
        links("Membership", "collection", "memberships", "one_membership"),
        copy("studio_generation_tags", "studio_tagging", "tag"),
        copy("studio_generation_collections", "studio_membership", "collection"),
        migrations.RemoveField("generation", "tags"),
        migrations.RemoveField("generation", "collections"),
        migrations.AddField("generation", "tags", through("tag", "Tagging")),
        migrations.AddField("generation", "collections", through("collection", "Membership")),
    ]
