"""A wrong setting stops the start with one line that names the variable."""

import re
from pathlib import Path

import pytest

from .commands.starting import outcomes

WRONG: dict[str, list[str]] = {
    "LTX2_API_KEY": ["aio_two words", "aio_a\nb", "aio_a\r\nX: y", "aio_ä", "aio_\x7f", "aio_\u200b", "aio_a\tb"],
    "LTX2_API_BASE": [
        "http://apiin.one/api/v1", "apiin.one/api/v1", "ftp://apiin.one", "https://", "http://localhost.evil.example/",
        "http://127.0.0.1@evil.example/", "http://127.0.0.1.evil.example", "http://0.0.0.0/", "http://[::]/",
        "https://a:99999/", "https://[::1/", "https://a/?x=1", "https://a/#x", "https://u:p@a/", "https://exa mple.com",
        "https://a\nb/", "https://ä.example/", "javascript:alert(1)",
    ],
    "LTX2_POLL_SECONDS": ["0", "-1", "nan", "inf", "soon", "1e-300"],
    "LTX2_MAX_RUNNING": ["0", "-1", "1.5", "many", "9" * 5000, "9" * 20],
    "LTX2_REQUESTS_PER_SECOND": ["-1", "nan", "inf", "x", "1e-300"],
    "DATABASE_URL": [
        "nonsense", "postgres://", "postgres://u:p@h:port/n", "postgres://[::/n", "mysql://u:p@h/n", "oracle://u:p@h/n",
        "sqlite://", "sqlite://:memory:", "sqlite:///:memory:", "http://example.com/x",
    ],
    "STUDIO_DATA_DIR": ["/dev/null", "/dev/null/x", "/proc", "/proc/none", "~nobody-of-this-name/x", "/" + "x" * 300],
    "STUDIO_ALLOWED_HOSTS": [",", "http://a.example", "a.example:8000", "a b", "a.example/x", "*", "a.example,*"],
    "STUDIO_PASSWORD": ["x", "eleven char"],
    "STUDIO_CLAIM_SECONDS": ["0", "-5", "nan", "x", "1e9"],
    "STUDIO_SANDBOX_PORT": ["0", "65536", "-1", "x", "80.5"],
    "STUDIO_SANDBOX_PACE": ["0", "-1", "nan", "inf", "101", "x"],
    "STUDIO_LINKS_PORT": ["0", "65536", "-1", "x", "80.5"],
    "STUDIO_PUBLIC_URL": ["a.example", "ftp://a.example", "https://", "https://a.example/?x=1", "https://u:p@a.example"],
    "STUDIO_KEEP_VIDEOS": ["maybe", "2"],
    "STUDIO_TRASH_DAYS": ["-1", "1.5", "x"],
    "STUDIO_UPLOAD_DAYS": ["0", "-1", "x"],
    "STUDIO_DISK_RESERVE": ["-1", "x", "MB", "5 percent", "-5%", "91%", "1e3", "1PB", "9" * 30, "nan", "1MB, 5%"],
    "STUDIO_VIDEO_LIMIT": ["0", "-1", "999", "x", "2 G G", "5%", "9" * 30],
    "STUDIO_S3_BUCKET": ["two words"],
    "STUDIO_S3_ENDPOINT": ["s3.example", "https://", "ftp://s3.example"],
    "STUDIO_S3_REGION": ["eu central"],
    "STUDIO_S3_ACCESS_KEY": ["two words"],
    "STUDIO_S3_SECRET_KEY": ["two words"],
    "STUDIO_HTTPS": ["maybe", "2"],
    "STUDIO_SECURE_PROXY": ["maybe", "2"],
    "STUDIO_TRUSTED_ORIGINS": ["studio.lan", "https://a.example/x", "https://a.example,b", "*", "https://", "ftp://a.b"],
    "STUDIO_BASE_PATH": ["/a b", "/a//b", "https://a.example/x", "/..", "/ä", "/a?b"],
}  # fmt: skip
RIGHT = [
    {
        "LTX2_API_KEY": " aio_0123\n",
        "LTX2_API_BASE": "https://proxy.example:8443/api/v1/",
        "LTX2_REQUESTS_PER_SECOND": "0",
        "LTX2_POLL_SECONDS": "0.5",
        "LTX2_MAX_RUNNING": "1",
        "STUDIO_ALLOWED_HOSTS": "studio.lan, .example.com,[::1],192.168.1.5",
        "STUDIO_TRUSTED_ORIGINS": "https://studio.lan:8443, http://[::1]:81,https://*.example.com",
        "STUDIO_BASE_PATH": "/video/dailies/",
    },
    {"LTX2_API_KEY": "", "LTX2_API_BASE": "http://localhost:1/", "STUDIO_HTTPS": "true", "STUDIO_SECURE_PROXY": "0"},
    {
        "LTX2_API_KEY": "aio_sandbox",
        "LTX2_API_BASE": "http://[::1]:8002/api/v1",
        "STUDIO_ALLOWED_HOSTS": "*",
        "STUDIO_PASSWORD": "twelve chars",
        "STUDIO_CLAIM_SECONDS": "30",
        "STUDIO_DISK_RESERVE": "512 MB",
        "STUDIO_VIDEO_LIMIT": "1.5gib",
    },
    {"STUDIO_DISK_RESERVE": "2.5 %", "STUDIO_VIDEO_LIMIT": "2000000000"},
    {"STUDIO_DISK_RESERVE": "0"},
]
CASES = [(name, value) for name, values in WRONG.items() for value in values]


def test_every_variable_that_is_read_is_tried() -> None:
    source = (Path(__file__).parents[1] / "studio" / "settings.py").read_text()
    assert set(re.findall(r'read\(\s*"(\w+)"|^ +"([A-Z]+_[A-Z_]+)",$', source, re.MULTILINE)) <= {
        pair for name in WRONG for pair in ((name, ""), ("", name))
    }


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[int, str]]:
    folder = tmp_path_factory.mktemp("starts")
    found = outcomes(folder, [{name: value} for name, value in CASES], "check")
    return dict(zip(CASES, found, strict=True))


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_one_line_that_names_the_variable(starts: dict, name: str) -> None:
    for value in WRONG[name]:
        code, said = starts[name, value]
        assert code == 1, (value, said)
        assert said.count("\n") == 1, (value, said)
        assert name in said, (value, said)
        assert said.startswith("Dailies cannot start: "), (value, said)


def test_a_wrong_key_or_password_is_not_repeated(starts: dict) -> None:
    for name in ("LTX2_API_KEY", "STUDIO_PASSWORD"):
        for value in WRONG[name]:
            if len(value) > 1:
                assert value not in starts[name, value][1]


def test_right_values_start(tmp_path: Path) -> None:
    for case, (code, said) in zip(RIGHT, outcomes(tmp_path, RIGHT, "check"), strict=True):
        assert code == 0, (case, said)


def test_the_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    files = {
        "good": (
            "LTX2_API_KEY=aio_from_the_file\nSTUDIO_SANDBOX_PORT='9001' # why not\n\n# a note\n"
            "export LTX2_MAX_RUNNING=3\n"
        ),
        "wrong": "LTX2_MAX_RUNNING=many\n",
        "spaces": 'LTX2_API_KEY="aio_two words"\n',
        "latin": "LTX2_API_KEY=aio_\n# gr\xfc\xdfe\n",
        "bom": "\ufeffLTX2_API_KEY=aio_from_the_file\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="latin-1" if name == "latin" else "utf-8")
    tell = "from django.conf import settings as s; print(s.LTX2_API_KEY, s.STUDIO_SANDBOX_PORT, s.LTX2_MAX_RUNNING)"

    def start(name: str, **env: str) -> dict[str, str]:
        return {"STUDIO_ENV_FILE": str(tmp_path / name), **env}

    cases = [start("good"), start("good", LTX2_API_KEY="aio_outside"), start("bom"), start("none")]
    good, outside, bom, none = (
        said.split() for _, said in outcomes(tmp_path, cases, "shell", "--no-imports", "-c", tell)
    )
    assert good == ["aio_from_the_file", "9001", "3"]
    assert outside == ["aio_outside", "9001", "3"]
    assert bom == ["aio_from_the_file", "8002", "10"]
    assert none == ["8002", "10"]
    cases = [start("wrong"), start("spaces"), start("latin")]
    names = ["LTX2_MAX_RUNNING", "LTX2_API_KEY", str(tmp_path / "latin")]
    for name, (code, said) in zip(names, outcomes(tmp_path, cases, "check"), strict=True):
        assert (code, said.count("\n")) == (1, 1)
        assert name in said


def test_the_checkouts_own_env_file_is_the_default() -> None:
    from studio import settings

    assert Path(__file__).parents[1] / ".env" == settings.BASE_DIR / ".env"


def test_the_data_folder_is_made_and_nobody_else_may_look(tmp_path: Path) -> None:
    assert outcomes(tmp_path, [{}], "check")[0][0] == 0
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    key = tmp_path / "data" / "secret_key"
    assert key.stat().st_mode & 0o777 == 0o600
    made = key.read_text()
    assert len(made) > 60
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
    outcomes(tmp_path, [{}], "check")
    assert key.read_text() == made
    key.write_text("")
    [(code, said)] = outcomes(tmp_path, [{}], "check")
    assert (code, said.count("\n")) == (1, 1)
    assert "STUDIO_DATA_DIR" in said


def test_it_may_stand_on_the_open_internet(tmp_path: Path) -> None:
    cases = [
        {"STUDIO_HTTPS": "1"},
        {"STUDIO_HTTPS": "1", "STUDIO_SECURE_PROXY": "1", "STUDIO_PASSWORD": "twelve chars"},
    ]
    for code, said in outcomes(tmp_path, cases, "check", "--deploy", "--fail-level", "WARNING"):
        assert (code, said) == (0, "System check identified no issues (2 silenced).\n")
