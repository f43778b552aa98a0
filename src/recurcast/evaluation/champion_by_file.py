"""What a recorded verdict is given on anew, where windows lie in files: as `with_champion`, a file's arrays at a time."""

from recurcast.config import PipelineConfig
from recurcast.evaluation.champion import Champion, Opponent, opponent_of
from recurcast.evaluation.competitors import CHAMPION, baselines
from recurcast.evaluation.evaluate import ChampionsPart, earlier_losses, predicted, with_champion
from recurcast.evaluation.evidence import unseen_by_all, unseen_since
from recurcast.evaluation.losses import Losses, losses_of, losses_together
from recurcast.evaluation.tally import Share, Tally
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.windows import Split


def champions_part(
    recorded: Losses, pipeline: PipelineConfig, split: Split, champion: Champion | None
) -> ChampionsPart:
    """Return recorded losses of a run with those of the champion that it would meet now; no cell forecasts again."""
    if not isinstance(split, LakeSplit) or champion is None:
        return with_champion(recorded, pipeline, split, champion)
    recorded, season = recorded.scaled_by(split, pipeline.season), pipeline.season
    duel, share = Tally(season, pipeline.gate.baseline), Share()
    came, earlier = list[Losses](), list[Losses]()
    for piece in split.pieces():
        opponent = opponent_of(champion, pipeline, piece)
        if not isinstance(opponent, Opponent) or opponent.windows.horizon != split.test.horizon:
            continue
        if len(opponent.windows):
            predictions = predicted([opponent.forecaster, *baselines(pipeline)], opponent.windows)
            duel.add(opponent.windows, predictions, piece)
            came.append(losses_of(opponent.windows, predictions, piece, season))
            share.add(opponent.coverage(predictions[0].values), opponent.windows.targets)
        before = earlier_losses([opponent.forecaster], opponent, pipeline, piece)
        earlier += [] if before is None else [before]
        del piece
    if not came:
        return ChampionsPart(recorded.replacing(CHAMPION, None), None, {}, unseen_since(split, pipeline))
    joined = losses_together(came).with_earlier(losses_together(earlier) if earlier else None)
    joined = joined.at_the_origins_of(recorded)
    losses = recorded.replacing(CHAMPION, joined).at_the_origins_of(joined)
    few = predicted(baselines(pipeline), split.test)
    return ChampionsPart(losses, duel.evaluation(split.test, few), share.mean, unseen_by_all(split, pipeline, champion))
