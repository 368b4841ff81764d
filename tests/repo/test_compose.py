"""docker-compose.yml is what Compose understands and holds no secret; its commands really run here, without Docker."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiomqtt
import jsonschema
import pytest
import yaml

from tests.conftest import need
from tests.parts import wardline
from tests.parts.mosquitto import find_mosquitto
from tests.parts.postgres import PostgresServer
from tests.parts.processes import Process, can_connect, find_free_port
from tests.repo.files import ROOT, read

SECRETS = ("WARDLINE_DATABASE_PASSWORD", "WARDLINE_BROKER_PASSWORD")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(read("docker-compose.yml"))
    return parsed


def test_it_is_valid_by_the_schema_of_compose(compose: dict[str, Any]) -> None:
    schema = json.loads(
        (files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(compose, schema)


def test_a_key_that_compose_does_not_know_would_be_noticed(compose: dict[str, Any]) -> None:
    schema = json.loads(
        (files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text(encoding="utf-8")
    )
    broken = {**compose, "services": {**compose["services"], "app": {**compose["services"]["app"], "portz": []}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_it_has_the_parts_of_a_city(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"database", "broker", "app", "simulators"}
    for name in ("database", "broker", "app"):
        assert compose["services"][name]["healthcheck"]["test"]
        assert compose["services"][name]["volumes"]


def test_every_service_waits_for_services_that_there_are_and_that_can_be_waited_for(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            assert name in services
            assert how["condition"] != "service_healthy" or services[name].get("healthcheck")


def test_every_named_volume_is_declared(compose: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert {name for name in used if not name.startswith(".")} == set(compose["volumes"])


def test_it_holds_no_secret() -> None:
    text = read("docker-compose.yml")
    for name, value in re.findall(r"^\s*(\w*(?:PASSWORD|SECRET|TOKEN)\w*):\s*(.+)$", text, re.MULTILINE):
        assert value.startswith("${"), f"{name} is written out"
    for url in re.findall(r"\w+://[^:\s]+:([^@\s]+)@", text):
        assert url.startswith("${"), "a password is written into a URL"
    assert re.findall(r"\$\{(\w*PASSWORD\w*)(:\?)?", text)
    assert {name for name, _ in re.findall(r"\$\{(\w*PASSWORD\w*)(:\?)", text)} == set(SECRETS)


def test_the_environment_file_is_written_once_with_passwords_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "env.sh"
    script.parent.mkdir()
    script.write_text(read("deploy/env.sh"))
    subprocess.run(["sh", str(script)], check=True, capture_output=True)
    written = (tmp_path / ".env").read_text()
    values = dict(line.split("=", 1) for line in written.split())
    assert set(values) == set(SECRETS)
    assert len(set(values.values())) == 2
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in values.values())
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert subprocess.run(["sh", str(script)], check=False, capture_output=True).returncode != 0
    assert (tmp_path / ".env").read_text() == written


def test_git_ignores_the_environment_file() -> None:
    assert ".env" in read(".gitignore").split()


def test_what_the_image_copies_is_there_and_is_sent_to_the_builder() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+)$", read("Dockerfile"), re.MULTILINE)
    sources = [source.rstrip("/") for line in copied for source in line.split()[:-1]]
    let_in = {line[1:] for line in read(".dockerignore").split() if line.startswith("!")}
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in let_in, source


def test_the_settings_that_it_gives_are_settings(compose: dict[str, Any]) -> None:
    given = {name for name in compose["services"]["app"]["environment"] if name.startswith("WARDLINE_")}
    assert given <= set(re.findall(r"^\| `(WARDLINE_\w+)`", read("docs/settings.md"), re.MULTILINE))


# --- the commands, without Docker --------------------------------------------------------------------------


@pytest.fixture
def running_broker(compose: dict[str, Any], tmp_path: Path) -> Iterator[dict[str, str]]:
    need(find_mosquitto(), "Mosquitto")
    env = {
        "BROKER_USER": compose["services"]["broker"]["environment"]["BROKER_USER"],
        "BROKER_PASSWORD": "from-the-test",
        "BROKER_PORT": str(find_free_port()),
        "BROKER_FOLDER": str(tmp_path),
        "BROKER_CONFIG": str(ROOT / "deploy/mosquitto.conf"),
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
    }
    shell, script = compose["services"]["broker"]["command"]
    # The folder of a test belongs to root and lies where mosquitto's account may not go.
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    process = Process([shell, script.replace("/wardline/", f"{ROOT}/deploy/")], log=tmp_path / "log", env=env)
    try:
        process.start(lambda: can_connect(int(env["BROKER_PORT"])), within_s=20)
        yield env
    finally:
        process.stop()


def check_health(test: list[str], env: dict[str, str]) -> int:
    kind, *command = test
    shell = ["/bin/sh", "-c", command[0].replace("$$", "$")] if kind == "CMD-SHELL" else command
    return subprocess.run(shell, env={**os.environ, **env}, check=False, capture_output=True, timeout=20).returncode


@pytest.mark.mqtt
def test_the_broker_s_command_lets_in_who_has_the_password_and_nobody_else(
    compose: dict[str, Any], running_broker: dict[str, str]
) -> None:
    test = compose["services"]["broker"]["healthcheck"]["test"]
    assert check_health(test, running_broker) == 0
    assert check_health(test, {**running_broker, "BROKER_PASSWORD": "wrong"}) != 0


def words(compose: dict[str, Any], service: str) -> list[str]:
    command: list[str] = compose["services"][service]["command"]
    program, *rest = command
    assert program == "wardline"
    return rest


def fill_in(value: str, postgres: PostgresServer, broker: dict[str, str]) -> str:
    """Return a setting of the containers as it is without them: other hosts and ports, the same everything else."""
    value = re.sub(
        r"wardline:\$\{WARDLINE_DATABASE_PASSWORD[^}]*\}@database:5432", f"postgres@127.0.0.1:{postgres.port}", value
    )
    return re.sub(
        r"\$\{WARDLINE_BROKER_PASSWORD[^}]*\}@broker:1883",
        f"{broker['BROKER_PASSWORD']}@127.0.0.1:{broker['BROKER_PORT']}",
        value,
    )


@pytest.fixture
def running_app(
    compose: dict[str, Any], postgres: PostgresServer, running_broker: dict[str, str], tmp_path: Path
) -> Iterator[wardline.Wardline]:
    given = compose["services"]["app"]["environment"]
    with postgres.database() as url:
        env = {name: fill_in(value, postgres, running_broker) for name, value in given.items() if name.endswith("_URL")}
        assert env["WARDLINE_DATABASE_URL"].rsplit("/", 1)[0] == url.rsplit("/", 1)[0]
        env["WARDLINE_DATABASE_URL"] = url
        with wardline.run_wardline(tmp_path / "data", words(compose, "app"), env) as server:
            yield server


@pytest.mark.mqtt
@pytest.mark.postgres
async def test_the_app_s_command_takes_messages_from_the_broker_into_postgresql(
    compose: dict[str, Any], running_app: wardline.Wardline, running_broker: dict[str, str]
) -> None:
    test = compose["services"]["app"]["healthcheck"]["test"]
    assert check_health([word.replace("8000", str(running_app.port)) for word in test], {}) == 0
    user, password = running_broker["BROKER_USER"], running_broker["BROKER_PASSWORD"]
    report = {"channel": "hotline", "text": "井盖破损", "lon": 106.57, "lat": 29.557}
    async with aiomqtt.Client(
        "127.0.0.1", int(running_broker["BROKER_PORT"]), username=user, password=password
    ) as client:
        await client.publish("wardline/report/hotline", json.dumps(report), qos=1)
    with running_app.sign_in("dispatcher") as desk:
        for _ in range(200):
            found = desk.get("/api/v1/cases", params={"q": "井盖"}).json()["items"]
            if found:
                break
            await asyncio.sleep(0.05)
        quarantine = desk.get("/api/v1/messages", params={"state": "quarantined"}).text
    assert [case["feed"] for case in found] == ["report"], quarantine
    assert running_app.stop() == 0


def test_the_simulators_command_plays_against_a_server(
    compose: dict[str, Any], server: wardline.Wardline, tmp_path: Path
) -> None:
    command = [word.replace("http://app:8000", server.url) for word in words(compose, "simulators")]
    assert server.url in command
    players = Process([sys.executable, "-m", "services", *command], log=tmp_path / "log", cwd=ROOT)

    def is_heard() -> bool:
        with server.sign_in("dispatcher") as desk:
            return bool(desk.get("/api/v1/cases").json()["items"])

    try:
        players.start(is_heard, within_s=60)
        assert players.is_running
    finally:
        players.interrupt()
