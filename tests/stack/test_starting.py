"""The stack, up and down, with real servers and a real worker."""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from recurcast.scheduling.server import connected
from recurcast.stack import processes
from recurcast.stack.health import answers
from recurcast.stack.parts import PREFECT_SERVER
from recurcast.stack.record import FOLDER, RECORD
from recurcast.stack.scheduled import wait_until_scheduled
from recurcast.stack.servers import talking_to
from support.prefect_server import environment, free_port, running, wait_until
from support.stack import WAVE, Stack, project_in


def test_all_parts_are_healthy_and_scheduled_runs_appear(up_stack: Stack) -> None:
    status = up_stack.status()

    assert status["healthy"], status
    assert {part["name"]: part["condition"] for part in status["parts"]} == dict.fromkeys(
        ("mlflow", "prefect", "worker"), "healthy"
    )
    assert all(processes.children(up_stack.parts[server]) == [] for server in ("mlflow", "prefect"))
    assert "train/wave" in status["scheduled"]["coming"]
    assert not status["scheduled"]["missing"]
    for part in ("mlflow", "prefect"):
        with urllib.request.urlopen(up_stack.parts[part].address) as page:
            assert b"<html" in page.read()


def test_a_second_up_joins_what_runs_and_what_a_person_paused_stays_paused(up_stack: Stack) -> None:
    before = up_stack.parts
    with talking_to(before["prefect"].address), connected() as client:
        deployment = client.read_deployment_by_name("train/other")
        client.pause_deployment(deployment.id)

        again = up_stack.up_here()

        assert client.read_deployment(deployment.id).paused
    assert {part["how"] for part in again["parts"]} == {"joined"}
    assert up_stack.parts == before
    assert again["paused"] == ["train/other"]


def test_other_commands_find_the_running_stack(up_stack: Stack) -> None:
    done = up_stack.command("deploy", "--json")

    assert done.returncode == 0, done.stderr
    assert "train/wave" in done.stdout


def test_the_parts_can_be_read(up_stack: Stack) -> None:
    worker = up_stack.here("logs", "worker", "-n", "1000").stdout
    last = json.loads(up_stack.here("logs", "worker", "-n", "1", "--json").stdout)["logs"]["worker"]
    every = json.loads(up_stack.here("logs", "--json").stdout)["logs"]

    assert "started!" in worker
    assert len(last) == 1
    assert set(every) == {"mlflow", "prefect", "worker"}
    assert "there is no part 'wroker'. Did you mean 'worker'?" in up_stack.here("logs", "wroker").stderr


def test_another_projects_stack_uses_servers_that_run_and_does_not_stop_them(up_stack: Stack, tmp_path: Path) -> None:
    servers = {
        "PREFECT_API_URL": f"{up_stack.parts['prefect'].address}/api",
        "MLFLOW_TRACKING_URI": up_stack.parts["mlflow"].address,
    }
    guest = Stack(project_in(tmp_path / "guest", WAVE | {"name": "guest"}), servers)
    try:
        parts = {part["name"]: part["how"] for part in guest.up_here()["parts"]}
        stopped = guest.down_here()
    finally:
        guest.clear()
        _withdraw(up_stack, "train/guest")

    assert parts == {"mlflow": "yours", "prefect": "yours", "worker": "started"}
    assert stopped["parts"] == ["worker"]
    assert up_stack.status()["healthy"]


def test_ctrl_c_ends_a_stack_in_a_terminal_and_nothing_stays_behind(tmp_path: Path) -> None:
    stack = Stack(project_in(tmp_path / "project", WAVE), {})
    log = tmp_path / "up.log"
    with log.open("wb") as output:
        up = subprocess.Popen(stack.line("up", *stack.ports()), **stack.around(), stdout=output, stderr=output)
    try:
        wait_until(lambda: b"Ctrl-c stops it all" in log.read_bytes() or up.poll() is not None, 180, "the stack is up")
        addresses = {name: part.address for name, part in stack.parts.items()}
        killed = stack.parts["mlflow"]
        processes.kill(processes.children(killed))
        processes.kill(each for each in processes.left_over(stack.root) if each.pid == killed.pid)
        wait_until(lambda: stack.parts.get("mlflow", killed) != killed, 120, "the page is started again")
        wait_until(lambda: answers("mlflow", addresses["mlflow"]), 120, "the page answers where it was")

        up.send_signal(signal.SIGINT)

        assert up.wait(timeout=60) == 0, log.read_text()
        assert stack.living == []
        assert not (stack.root / RECORD).exists()
        assert {path.name for path in (stack.root / FOLDER).iterdir()} == {"logs", "prefect"}
        assert not list(stack.root.glob("*.lock"))
        assert not any(answers(name, address) for name, address in addresses.items() if name != "worker")
        assert "Nothing of this project's stack was running." in stack.here("down").stdout
    finally:
        up.kill()  # it would start again what is killed
        up.wait()
        stack.clear()


def test_a_scheduler_that_is_dead_is_found_out_but_not_one_whose_next_run_is_far(tmp_path: Path) -> None:
    far = (datetime.now(UTC) + timedelta(days=150)).month
    with _server_without_scheduler(tmp_path) as url:
        root = project_in(tmp_path / "project", WAVE | {"name": "near"}, WAVE | {"name": "far"}, cron="0 * * * *")
        content = yaml.safe_load((root / "prefect.yaml").read_text())
        content["deployments"][1]["schedules"][0]["cron"] = f"0 0 1 {far} *"
        (root / "prefect.yaml").write_text(yaml.safe_dump(content))
        assert Stack(root, {"PREFECT_API_URL": url}).here("deploy").exit_code == 0
        with talking_to(url.removesuffix("/api")), connected() as client:
            found = wait_until_scheduled(client, ["train/near", "train/far"], longest=1)

    assert found.missing == ("train/near",)
    assert found.next is None


def _withdraw(stack: Stack, deployment: str) -> None:
    """Take a deployment from the stack's server, as its worker can't run it once the folder is gone."""
    with talking_to(stack.parts["prefect"].address), connected() as client:
        client.delete_deployment(client.read_deployment_by_name(deployment).id)


@contextmanager
def _server_without_scheduler(folder: Path) -> Iterator[str]:
    port = free_port()
    env = environment(folder / "prefect") | {
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    }
    with running(["server", "start"], env, folder / "server.log", module=PREFECT_SERVER):
        wait_until(lambda: answers("prefect", f"http://127.0.0.1:{port}"), 120, "the server answers")
        yield f"http://127.0.0.1:{port}/api"
