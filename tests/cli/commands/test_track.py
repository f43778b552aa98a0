import pytest

from support.projects import demand, one_json_object, recurcast


@pytest.fixture
def two_ticks(project):
    """A project whose second tick scored the first one."""
    project.write(demand(hours=96))
    for as_of in ("2024-01-04T00:00:00Z", "2024-01-05T00:00:00Z"):
        ended = recurcast("run", "demand", "--as-of", as_of)
        assert ended.exit_code == 0, ended.stderr
    return project


def test_track_prints_and_draws_every_tick_beside_the_baseline(two_ticks):
    ended = recurcast("track", "demand")
    record = one_json_object(recurcast("track", "demand", "--json").stdout)
    chart = two_ticks.root / "data" / "demand" / "track.png"

    assert ended.exit_code == 0, ended.stderr
    first, second = record["ticks"]
    assert (first["as_of"], first["next_tick"]) == ("2024-01-04T00:00:00Z", "2024-01-05T00:00:00Z")
    assert (first["state"], first["champion"], first["origins"]) == ("scored", 1, 24)
    assert (second["state"], second["champion_mae"]) == ("pending", None)
    assert first["baseline_mae"] == 2.0
    assert record["totals"]["skill"] == pytest.approx(1 - first["champion_mae"] / 2)
    assert (record["pending"], record["pending_from"]) == (1, "2024-01-05T00:00:00Z")
    for shown in ("2024-01-04T00:00:00Z", "seasonal_naive", "1 pending from 2024-01-05T00:00:00Z on", str(chart)):
        assert shown in ended.stdout
    assert record["chart"] == str(chart)
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert one_json_object(recurcast("track", "demand", "--last", "1", "--json").stdout)["ticks"] == [second]


def test_where_nothing_is_recorded_yet_track_says_what_to_do(project):
    ended = recurcast("track", "demand")

    assert ended.exit_code == 0
    assert "Nothing is recorded of 'demand' yet" in ended.stdout
    assert "recurcast run demand" in ended.stdout
    assert not (project.root / "data").exists()


def test_track_of_an_unknown_pipeline_names_the_nearest(project):
    ended = recurcast("track", "demnad")

    assert ended.exit_code == 2
    assert "there is no pipeline 'demnad'" in ended.message
    assert "demand" in ended.message
