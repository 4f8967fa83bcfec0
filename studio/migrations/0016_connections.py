"""Accounts at providers are rows of their own, and each generation names its one. The column of the generations stays as it
is, with the name in it, so that nothing has to be rewritten however many there are; so does the table.
"""

from django.db import migrations, models
from django.db.models.deletion import PROTECT

INDEXES = {
    "due": models.Index(fields=("connection", "due_at", "status"), condition=models.Q(due_at__isnull=False), name="due"),
    "by_status": models.Index(fields=("connection", "status", "owner"), name="by_status"),
    "observed_charges": models.Index(
        fields=("connection", "type", "resolution", "seconds", "id"),
        condition=models.Q(credits__isnull=False),
        name="observed_charges",
    ),
}


def describe(apps, schema_editor):
    """What the name of a provider said so far: the API's base, or "sandbox"."""
    connections, generations = apps.get_model("studio", "Connection").objects, apps.get_model("studio", "Generation")
    names = set(generations.objects.order_by().values_list("connection_id", flat=True).distinct())
    for name in names | set(connections.values_list("name", flat=True)):
        kind, base = ("sandbox", "") if name == "sandbox" else ("apiin", name)
        connections.update_or_create(name=name, defaults={"kind": kind, "base": base})


class Migration(migrations.Migration):
    dependencies = [("studio", "0015_model_name")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("ProviderState", "Connection"),
                migrations.AlterModelTable("connection", "studio_providerstate"),
                migrations.RenameField("connection", "provider", "name"),
                migrations.AlterField(
                    "connection", "name", models.CharField(max_length=255, unique=True, db_column="provider")
                ),
                *(migrations.RemoveIndex("generation", name) for name in INDEXES),
                migrations.RenameField("generation", "provider", "connection"),
                migrations.AlterField(
                    "generation",
                    "connection",
                    models.ForeignKey(
                        "studio.connection",
                        PROTECT,
                        to_field="name",
                        db_column="provider",
                        db_constraint=False,
                        db_index=False,
                        related_name="generations",
                    ),
                ),
                *(migrations.AddIndex("generation", index) for index in INDEXES.values()),
            ]
        ),
        migrations.AddField(
            "connection",
            "kind",
            models.CharField(choices=[("apiin", "API in One"), ("sandbox", "sandbox")], default="apiin", max_length=16),
        ),
        migrations.AddField("connection", "base", models.CharField(blank=True, default="", max_length=255)),
        migrations.RunPython(describe, migrations.RunPython.noop),
    ]
