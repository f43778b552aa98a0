from recurcast.runs.leaderboard import Row, leaderboard_of


def test_the_share_explained_of_a_flat_test_part_reads_none_beside_scores_that_there_are():
    nothing = float("nan")
    flat, broken = Row("gru", 0.5, 0.5, 0.1, 1.0, nothing, nothing), Row("rnn", *[nothing] * 6)

    first, second = leaderboard_of((flat, broken)).lines

    assert first.cells == ("0.5", "0.5", "0.1", "1", "none", "–")
    assert set(second.cells) == {"–"}
