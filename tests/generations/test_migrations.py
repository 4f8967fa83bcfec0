"""Going from one version of the tables to the next, with what is in them."""

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from studio.gallery import triggers
from studio.gallery.finding import Criteria
from studio.generations.models import Generation
from studio.library.models import Collection, Tag, Tagging
from studio.library.review import collect, tag
from studio.management.commands.upgrade import upgrade
from tests.gallery.finding import mine
from tests.rows import ask, put, user

pytestmark = pytest.mark.django_db(transaction=True)


def go_back_to(prefix: str) -> None:
    """To one of the migrations that a new database has in one, squashed, as one of that time has them."""
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    target = executor.loader.get_migration_by_prefix("studio", prefix)
    plan = executor.migration_plan([("studio", target.name)])
    emit_pre_migrate_signal(0, False, connection.alias, plan=plan)
    executor.migrate([("studio", target.name)], plan=plan)
    emit_post_migrate_signal(0, False, connection.alias, plan=plan)


def migrate() -> None:
    call_command("migrate", "studio", verbosity=0)


def table_names() -> set[str]:
    return set(connection.introspection.table_names())


def test_tags_and_collections_go_into_their_new_tables_and_back():
    rows = ask(3)
    put(rows[1], rating=4)
    takes = Generation.objects.filter(pk__in=[row.pk for row in rows[:2]])
    tag(takes, user().pk, ["Night", "bay"])
    collect(takes, Collection.objects.create(owner=user(), name="Scene 7"))
    try:
        go_back_to("0005")
        assert "studio_tagging" not in table_names()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE studio_generation SET rating = 5 WHERE id = %s", [rows[0].pk])
            cursor.execute("SELECT COUNT(*) FROM studio_generation_tags")
            assert cursor.fetchone() == (4,)
    finally:
        migrate()
    assert "studio_generation_tags" not in table_names()
    assert not triggers.install(), "they are there"
    assert {each.name for each in rows[0].tags.all()} == {"Night", "bay"}
    assert [each.name for each in rows[1].collections.all()] == ["Scene 7"]
    assert set(Tagging.objects.values_list("generation_id", "generation__rating")) == {(rows[0].pk, 5), (rows[1].pk, 4)}
    put(rows[2], rating=1)
    assert not rows[2].tags.exists()


def test_other_indexes_for_finding_come_with_an_upgrade_and_nothing_else_changes():
    rows = ask(2)
    put(rows[0], favorite=True, seconds=12)
    tag(Generation.objects.filter(pk=rows[0].pk), user().pk, ["Night"])
    before = list(Generation.objects.order_by("pk").values())
    try:
        go_back_to("0013")
        assert not triggers.present(connection), "that release brings its own"
        with connection.cursor() as cursor:
            cursor.execute("UPDATE studio_generation SET rating = 5, revision = 9 WHERE id = %s", [rows[0].pk])
    finally:
        migrate()
    after = list(Generation.objects.order_by("pk").values())
    assert after == [{**before[0], "rating": 5, "revision": 9}, before[1]]
    assert [take.pk for take in Criteria(least_rating=5, tag=Tag.objects.get().pk).page(mine(), None, 5)] == [
        rows[0].pk
    ]
    assert not triggers.install(), "they are there"


def test_after_an_upgrade_postgresql_answers_from_the_indexes_alone():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite does so anyway")
    ask(3)
    try:
        go_back_to("0006")
    finally:
        upgrade()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpages, relallvisible FROM pg_class WHERE oid = 'studio_generation'::regclass")
        pages, visible = cursor.fetchone()
    assert pages == visible > 0
