from django.db import migrations, models


class Migration(migrations.Migration):
    """The model's name is stored with every take. All takes so far are LTX-2's.

    As SQL: Django would write the whole table anew on SQLite, and lose its triggers.
    """

    dependencies = [
        ('studio', '0014_finding'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name='generation',
                    name='model',
                    field=models.CharField(db_default='ltx-2', default='ltx-2', max_length=32),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE studio_generation ADD COLUMN model varchar(32) NOT NULL DEFAULT 'ltx-2'",
                    'ALTER TABLE studio_generation DROP COLUMN model',
                ),
            ],
        ),
    ]
