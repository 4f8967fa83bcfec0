"""What more is read in the provider's answers. All of it may be empty: a column is then added without writing a row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("studio", "0009_undo")]

    operations = [
        migrations.AddField("generation", "video_is_public", models.BooleanField(null=True)),
        migrations.AddField("generation", "credits_rest", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("generation", "credits_reserved", models.PositiveIntegerField(null=True)),
        migrations.AddField("generation", "polled_at", models.DateTimeField(null=True)),
        migrations.AddField("generation", "poll_answer", models.CharField(max_length=255, null=True)),
        migrations.AddField("slotsum", "rest", models.BigIntegerField(default=0)),
    ]
