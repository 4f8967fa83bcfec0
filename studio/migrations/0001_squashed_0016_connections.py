"""All tables as they are after the migrations that it replaces. A new database begins here; an older one goes through
those that it has not had yet.
"""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ("studio", "0001_initial"),
        ("studio", "0002_media_and_review"),
        ("studio", "0003_trash"),
        ("studio", "0004_keeping"),
        ("studio", "0005_find"),
        ("studio", "0006_shelves"),
        ("studio", "0007_facets"),
        ("studio", "0008_exports"),
        ("studio", "0009_undo"),
        ("studio", "0010_answers"),
        ("studio", "0011_keep_deaths"),
        ("studio", "0012_sends"),
        ("studio", "0013_file_jobs"),
        ("studio", "0014_finding"),
        ("studio", "0015_model_name"),
        ("studio", "0016_connections"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(db_column='provider', max_length=255, unique=True)),
                ('kind', models.CharField(choices=[('apiin', 'API in One'), ('sandbox', 'sandbox')], default='apiin', max_length=16)),
                ('base', models.CharField(blank=True, default='', max_length=255)),
                ('paused', models.CharField(blank=True, choices=[('', 'not paused'), ('key', 'the provider refused the key'), ('credits', 'the provider says that the credits are used up'), ('older', 'the database has gone back in time, and this may have been sent and charged already')], default='', max_length=8)),
                ('message', models.TextField(blank=True, default='')),
                ('warning', models.TextField(blank=True, default='')),
                ('failures', models.PositiveIntegerField(default=0)),
                ('open_until', models.DateTimeField(null=True)),
                ('next_request_at', models.DateTimeField(null=True)),
                ('sends_after', models.DateTimeField(null=True)),
                ('era', models.BigIntegerField(default=0)),
                ('sends', models.BigIntegerField(default=0)),
                ('revision', models.PositiveIntegerField(default=1)),
            ],
            options={
                'db_table': 'studio_providerstate',
            },
        ),
        migrations.CreateModel(
            name='Generation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keeping', models.CharField(choices=[('off', 'link only'), ('pending', 'keeping'), ('kept', 'kept'), ('failed', 'not kept')], default='off', max_length=8)),
                ('keep_why', models.TextField(blank=True, default='')),
                ('keep_due_at', models.DateTimeField(null=True)),
                ('keep_token', models.CharField(blank=True, default='', max_length=64)),
                ('keep_attempts', models.PositiveIntegerField(default=0)),
                ('keep_deaths', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('keep_done', models.BigIntegerField(default=0)),
                ('keep_total', models.BigIntegerField(null=True)),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('submitting', 'Sending'), ('running', 'Rendering'), ('succeeded', 'Ready'), ('failed', 'Failed'), ('unconfirmed', 'Unconfirmed'), ('closed', 'Closed'), ('canceled', 'Canceled')], default='queued', max_length=12)),
                ('charged', models.CharField(choices=[('no', 'not charged'), ('yes', 'charged'), ('maybe', 'may be charged')], default='no', max_length=8)),
                ('held', models.CharField(blank=True, default='', max_length=8)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('message', models.TextField(blank=True, default='')),
                ('late_since', models.DateTimeField(null=True)),
                ('missing_since', models.DateTimeField(null=True)),
                ('lost_since', models.DateTimeField(null=True)),
                ('task_id', models.CharField(blank=True, default='', max_length=200)),
                ('task_id_given', models.BooleanField(default=False)),
                ('other_task_id', models.CharField(blank=True, default='', max_length=200)),
                ('other_state', models.CharField(blank=True, default='', max_length=12)),
                ('other_video_url', models.TextField(blank=True, default='')),
                ('status_word', models.CharField(blank=True, default='', max_length=64)),
                ('video_url', models.TextField(blank=True, default='')),
                ('video_is_public', models.BooleanField(null=True)),
                ('credits', models.PositiveIntegerField(null=True)),
                ('credits_rest', models.PositiveSmallIntegerField(null=True)),
                ('credits_reserved', models.PositiveIntegerField(null=True)),
                ('polled_at', models.DateTimeField(null=True)),
                ('poll_answer', models.CharField(max_length=255, null=True)),
                ('last_answer', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('undo_until', models.DateTimeField(null=True)),
                ('undo_held', models.CharField(max_length=8, null=True)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('purged_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('claim_token', models.CharField(blank=True, default='', max_length=64)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('polls', models.PositiveIntegerField(default=0)),
                ('request', models.JSONField()),
                ('sent_links', models.JSONField(default=dict)),
                ('digest', models.CharField(max_length=64)),
                ('model', models.CharField(db_default='ltx-2', default='ltx-2', max_length=32)),
                ('type', models.CharField(max_length=16)),
                ('prompt', models.TextField(blank=True)),
                ('resolution', models.CharField(max_length=8)),
                ('aspect_ratio', models.CharField(blank=True, default='', max_length=8)),
                ('seconds', models.DecimalField(decimal_places=1, max_digits=3)),
                ('seed', models.BigIntegerField()),
                ('estimate_low', models.PositiveIntegerField()),
                ('estimate_high', models.PositiveIntegerField()),
                ('basis', models.CharField(max_length=12)),
                ('favorite', models.BooleanField(default=False)),
                ('rating', models.PositiveSmallIntegerField(default=0)),
                ('note', models.TextField(blank=True, default='')),
                ('cost', models.GeneratedField(db_persist=True, expression=models.Case(models.When(charged='no', then=models.Value(0)), default=django.db.models.functions.comparison.Coalesce('credits', 'estimate_high'), output_field=models.PositiveIntegerField()), output_field=models.PositiveIntegerField())),
                ('connection', models.ForeignKey(db_column='provider', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='generations', to='studio.connection', to_field='name')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='generations', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='studio.generation')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaced_by', to='studio.generation')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='WorkerHeartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(max_length=255)),
                ('pid', models.PositiveIntegerField()),
                ('seen_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('key', models.CharField(max_length=320)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='collections', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('key',),
            },
        ),
        migrations.CreateModel(
            name='KeptVideo',
            fields=[
                ('generation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='kept', serialize=False, to='studio.generation')),
                ('name', models.CharField(max_length=255)),
                ('poster', models.CharField(blank=True, default='', max_length=255)),
                ('content_type', models.CharField(max_length=64)),
                ('sha256', models.CharField(max_length=64)),
                ('bytes', models.BigIntegerField()),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('seconds', models.DecimalField(decimal_places=3, max_digits=9)),
                ('frame_rate', models.DecimalField(decimal_places=3, max_digits=7, null=True)),
                ('has_sound', models.BooleanField()),
                ('kept_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='GenerationEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('from_status', models.CharField(blank=True, max_length=12)),
                ('to_status', models.CharField(max_length=12)),
                ('why', models.TextField()),
                ('generation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='studio.generation')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('collection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='studio.collection')),
                ('generation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='studio.generation')),
            ],
        ),
        migrations.AddField(
            model_name='generation',
            name='collections',
            field=models.ManyToManyField(related_name='generations', through='studio.Membership', to='studio.collection'),
        ),
        migrations.CreateModel(
            name='SlotSum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField()),
                ('slot', models.BigIntegerField()),
                ('takes', models.BigIntegerField()),
                ('tests', models.BigIntegerField()),
                ('low', models.BigIntegerField()),
                ('high', models.BigIntegerField()),
                ('rest', models.BigIntegerField(default=0)),
                ('estimates', models.BigIntegerField()),
                ('unconfirmed', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['owner_id', 'slot'], name='slot_sum')],
            },
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='submissions', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='generation',
            name='submission',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='generations', to='studio.submission'),
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('key', models.CharField(max_length=320)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tags', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('key',),
            },
        ),
        migrations.CreateModel(
            name='Tagging',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('generation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='studio.generation')),
                ('tag', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='studio.tag')),
            ],
        ),
        migrations.AddField(
            model_name='generation',
            name='tags',
            field=models.ManyToManyField(related_name='generations', through='studio.Tagging', to='studio.tag'),
        ),
        migrations.CreateModel(
            name='TakeCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField()),
                ('bucket', models.CharField(max_length=12)),
                ('takes', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['owner_id', 'bucket'], name='take_count')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('image', 'picture'), ('audio', 'recording'), ('video', 'video')], max_length=8)),
                ('sha256', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=255)),
                ('poster', models.CharField(blank=True, default='', max_length=255)),
                ('filename', models.CharField(max_length=255)),
                ('content_type', models.CharField(max_length=64)),
                ('bytes', models.BigIntegerField()),
                ('width', models.PositiveIntegerField(null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('seconds', models.DecimalField(decimal_places=3, max_digits=9, null=True)),
                ('has_sound', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('used_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-used_at', '-id'),
            },
        ),
        migrations.AddField(
            model_name='generation',
            name='uploads',
            field=models.ManyToManyField(related_name='generations', to='studio.upload'),
        ),
        migrations.CreateModel(
            name='FileJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'pending'), ('ready', 'ready'), ('failed', 'failed')], default='pending', max_length=8)),
                ('why', models.TextField(blank=True, default='')),
                ('done', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('claim_token', models.CharField(blank=True, default='', max_length=64)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('take', models.PositiveBigIntegerField(null=True)),
                ('start', models.CharField(max_length=32)),
                ('seconds', models.CharField(blank=True, default='', max_length=32)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='file_jobs', to=settings.AUTH_USER_MODEL)),
                ('result', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='studio.upload')),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='studio.upload')),
            ],
        ),
        migrations.CreateModel(
            name='Archive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'pending'), ('ready', 'ready'), ('failed', 'failed')], default='pending', max_length=8)),
                ('why', models.TextField(blank=True, default='')),
                ('done', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('claim_token', models.CharField(blank=True, default='', max_length=64)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('kind', models.CharField(choices=[('zip', 'zip'), ('csv', 'CSV'), ('json', 'JSON')], default='zip', max_length=8)),
                ('takes', models.JSONField()),
                ('count', models.PositiveIntegerField(default=0)),
                ('name', models.CharField(blank=True, default='', max_length=255)),
                ('bytes', models.BigIntegerField(default=0)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='archives', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='due_archive'), models.Index(fields=['created_at'], name='old_archive')],
            },
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.UniqueConstraint(fields=('owner', 'key'), name='one_collection_per_name'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('collection', 'generation'), name='one_membership'),
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.UniqueConstraint(fields=('owner', 'key'), name='one_submission_per_key'),
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.UniqueConstraint(fields=('owner', 'key'), name='one_tag_per_name'),
        ),
        migrations.AddConstraint(
            model_name='tagging',
            constraint=models.UniqueConstraint(fields=('tag', 'generation'), name='one_tagging'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.UniqueConstraint(fields=('owner', 'sha256'), name='one_upload_per_file'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['owner', 'id', 'type', 'status', 'keeping', 'resolution', 'seconds', 'aspect_ratio', 'rating', 'favorite'], name='find_id'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['owner', 'created_at', 'id', 'type', 'status', 'keeping', 'resolution', 'seconds', 'aspect_ratio', 'rating', 'favorite', 'cost'], name='find_created_at'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['owner', 'cost', 'id', 'type', 'status', 'keeping', 'resolution', 'seconds', 'aspect_ratio', 'rating', 'favorite'], name='find_cost'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['owner', 'rating', 'id', 'type', 'status', 'keeping', 'resolution', 'seconds', 'aspect_ratio', 'favorite'], name='find_rating'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at', None), ('status__in', ['queued', 'submitting', 'running'])), fields=['owner', 'id'], name='find_unfinished'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at', None), ('status', 'unconfirmed')), fields=['owner', 'id'], name='unconfirmed'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at', None), ('keeping', 'failed')), fields=['owner', 'id'], name='not_kept'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(fields=['owner', 'digest'], name='same_request'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['connection', 'due_at', 'status'], name='due'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(fields=['task_id'], name='task'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('other_task_id', ''), _negated=True), fields=['other_task_id'], name='other_task'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(fields=['connection', 'status', 'owner'], name='by_status'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('credits__isnull', False)), fields=['connection', 'type', 'resolution', 'seconds', 'id'], name='observed_charges'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('keep_due_at__isnull', False)), fields=['keep_due_at'], name='keeps_due'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False), ('purged_at', None)), fields=['owner', '-deleted_at', '-id'], name='trash'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False), ('purged_at', None)), fields=['deleted_at'], name='to_purge'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('purged_at__isnull', False), models.Q(('digest', ''), _negated=True)), fields=['purged_at'], name='to_erase'),
        ),
        migrations.AddIndex(
            model_name='filejob',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='due_file_job'),
        ),
    ]
