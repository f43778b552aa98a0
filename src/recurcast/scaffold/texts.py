"""The parts of a new project's files that are the same in all of them."""

HEAD = """\
# One block per pipeline; its `parameters.pipeline` is the whole configuration, and `recurcast run` reads it too, so that a
# run by hand and a scheduled run cannot differ. The block deploys train/{name}; the line below it, which takes all from its
# anchor but the flow and the queue, deploys forecast/{name} on the same schedule. Who wants no forecasts leaves that line out.
name: {project}

pull:
  - prefect.deployments.steps.set_working_directory:
      directory: "{{{{ $PWD }}}}"

definitions:
  work_pool: &work_pool
    name: recurcast
  train: &train
    entrypoint: flows/train.py:train
    work_pool: *work_pool
  forecast_queue: &forecast_queue
    <<: *work_pool
    work_queue_name: forecast

deployments:
  # Not a pipeline: runs a stretch of any pipeline's past, from a form on Prefect's page or `recurcast backfill run`.
  - name: backfill
    entrypoint: flows/backfill.py:backfill
    description: Train the intervals of a pipeline's past; what is done is not done again, today's champion stays.
    tags: [recurcast]
    work_pool: {{name: recurcast, work_queue_name: backfill}}

"""

FOOT = """\
  - {{<<: *{anchor}, entrypoint: flows/forecast.py:forecast, work_pool: *forecast_queue}}
"""

SINE = """\
  # sin(0.1 t) + N(0, 0.1): a series to try things on. It grows by a step every five minutes, and so often its schedule
  # fires: a newcomer does not wait long. Take a slower one when you have seen it.
  - &sine
    <<: *train
    name: sine
    description: A noisy sine that grows by a step every five minutes; the pipeline to try things on.
    tags: [recurcast, generated]
    schedules:
      - {cron: "*/5 * * * *", timezone: UTC, slug: five-minutes}
    parameters:
      pipeline:
        name: sine
        description: sin(0.1 t) + N(0, 0.1), a step every five minutes.
        source:
          kind: generated
          anchor: "2024-01-01T00:00:00Z"
          seasons: [{period: 62.83185307179586, amplitude: 1.0}]
          noise: 0.1
        frequency: 5min
        season: 63
        parts: {history: 640, validation: 360, calibration: 200, test: 200}
        windows: {lookback: 20, horizon: 1}
        network: {units: 50}
        training: {epochs: 20}
"""

README = """\
# {name}

A project of Recurcast: `prefect.yaml` says what is forecast and when, `data/` holds the series, `flows/` what Prefect runs.

```sh
recurcast run         # train, judge and record one interval, here and now
recurcast forecast    # what comes next, by the champion, or by a baseline until there is one
recurcast report      # all of it on one page
recurcast up          # MLflow's page, Prefect's page, the schedule and a worker
recurcast status
```

`recurcast pipelines` lists what is here, `recurcast --help` all commands; with a second pipeline beside `{name}` they take a
name. Every guess in `prefect.yaml` has its evidence beside it; `recurcast run --set network.units=64` tries a change without
promoting anything. After an edit, `recurcast deploy` brings it to Prefect's server.
"""
