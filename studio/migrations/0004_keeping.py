from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0003_trash'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('keep_due_at__isnull', False)), fields=['keep_due_at'], name='keeps_due'),
        ),
    ]
