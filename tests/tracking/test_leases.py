from datetime import UTC, datetime, timedelta

from recurcast.tracking.leases import BEAT, Claim, Lease

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def test_a_lease_is_void_after_three_missed_beats_and_not_before():
    lease = Lease("1", "host", NOON)

    assert not lease.void(NOON + 3 * BEAT)
    assert lease.void(NOON + 3 * BEAT + timedelta(microseconds=1))


def test_of_two_claims_the_earlier_wins_and_at_the_same_moment_the_smaller_id():
    first, second, tie = Claim(1, "z"), Claim(2, "a"), Claim(2, "b")

    assert second.yields_to(first)
    assert not first.yields_to(second)
    assert tie.yields_to(second)
    assert not second.yields_to(tie)
