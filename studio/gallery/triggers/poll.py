"""What every open page asks once a second, as one statement in words that both databases know."""

from __future__ import annotations

# By name: how PostgreSQL declares what is put in. `seen`: the ids on the page; `newest`: NULL where no new takes are
# wanted; `trashed`: whether what is in the trash is among those that are seen.
PARAMETERS = {
    "owner": "bigint", "api": "text", "alive": "timestamptz", "seen": "bigint[]", "newest": "bigint",
    "most": "bigint", "trashed": "boolean",
}  # fmt: skip
_SEEN = {"sqlite": "IN (SELECT value FROM json_each({seen}))", "postgresql": "= ANY({seen})"}
_TAKES = (
    "SELECT 'take', t.id, t.revision FROM studio_generation t WHERE t.owner_id + 0 = {owner} AND t.purged_at IS NULL"
)
_PARTS = (
    "SELECT 'state', s.id, s.revision FROM studio_providerstate s WHERE s.provider = {api}",
    "SELECT 'alive', 0, 1 WHERE EXISTS (SELECT 1 FROM studio_workerheartbeat w WHERE w.seen_at >= {alive})",
    f"{_TAKES} AND ({{trashed}} OR t.deleted_at IS NULL) AND t.id {{ids}}",
    f"SELECT * FROM ({_TAKES} AND t.deleted_at IS NULL AND t.id > {{newest}} ORDER BY t.id DESC LIMIT {{most}}) AS n",
)  # `+ 0`: by the ids alone; of the indexes that begin with the owner, none is shorter


def statement(vendor: str, named: str) -> str:
    """`named`: how a parameter is written there, with its name in place of `{}`."""
    names = {name: named.format(name) for name in PARAMETERS}
    return " UNION ALL ".join(_PARTS).format(ids=_SEEN[vendor].format(**names), **names)


def function() -> str:
    """PostgreSQL takes longer to think about the statement, and all the indexes, than to answer: as a function it
    thinks once for each connection.
    """
    arguments = ", ".join(f"its_{name} {kind}" for name, kind in PARAMETERS.items())
    return (
        f"CREATE OR REPLACE FUNCTION {{name}}({arguments}) RETURNS TABLE (kind text, pk bigint, revision_of integer)"
        " LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan"
        f" AS $$BEGIN RETURN QUERY {statement('postgresql', 'its_{}')}; END$$"
    )
