"""Lists of takes are built by a worker like zips, and each download knows how many takes it is of."""

from django.db import migrations, models


def count_takes(apps, schema_editor):
    Archive = apps.get_model("studio", "Archive")
    for archive in Archive.objects.all():
        archive.count = len(archive.takes)
        archive.save(update_fields=["count"])


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0007_facets'),
    ]

    operations = [
        migrations.AddField(
            model_name='archive',
            name='count',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='archive',
            name='kind',
            field=models.CharField(choices=[('zip', 'zip'), ('csv', 'CSV'), ('json', 'JSON')], default='zip', max_length=8),
        ),
        migrations.RunPython(count_takes, migrations.RunPython.noop),
    ]
