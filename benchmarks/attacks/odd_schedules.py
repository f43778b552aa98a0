"""Schedules that a person, a template or a mischief may write into `prefect.yaml`."""

from typing import Any

from attacks.odd_values import ZONES

SCHEDULES: tuple[Any, ...] = (
    *(
        {"cron": cron}
        for cron in ("* * * * *", "0 0 31 2 *", "0 0 30 2 *", "*/7 * * * *", "60 0 * * *", "0 24 * * *", "0 0 * * 7")
    ),
    *(
        {"cron": cron}
        for cron in (
            "0 0 29 2 *",
            "0 0 L * *",
            "0 0 * * 1#5",
            "@hourly",
            "@reboot",
            "@every 5m",
            "H * * * *",
            "0 0 1-31/0 * *",
        )
    ),
    *(
        {"cron": cron}
        for cron in (
            "",
            " ",
            "0 0 * *",
            "* * * * * *",
            "0 0 * * mon-sun",
            "0-59 0-23 1-31 1-12 0-6",
            "١ * * * *",
            "-1 * * * *",
        )
    ),
    *(
        {"cron": ",".join(map(str, range(60))) + " * * * *"},
        {"cron": "0," * 50_000 + "0 * * * *"},
        {"cron": "1/1 * * * *"},
    ),
    *(
        {"rrule": rule}
        for rule in ("FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY;INTERVAL=1000000", "FREQ=YEARLY;INTERVAL=5000")
    ),
    *(
        {"rrule": rule}
        for rule in (
            "FREQ=DAILY;UNTIL=20240101T000000Z",
            "FREQ=DAILY;UNTIL=20990101",
            "FREQ=DAILY;COUNT=1",
            "FREQ=DAILY;COUNT=0",
        )
    ),
    *(
        {"rrule": rule}
        for rule in (
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=YEARLY;BYYEARDAY=366",
            "FREQ=YEARLY;BYEASTER=0",
            "FREQ=DAILY;INTERVAL=0",
        )
    ),
    *(
        {"rrule": rule}
        for rule in (
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=SECONDLY;INTERVAL=86399",
            "FREQ=DAILY;BYSETPOS=500",
            "FREQ=DAILY;INTERVAL=-1",
        )
    ),
    {"rrule": "DTSTART:00010101T000000\nRRULE:FREQ=DAILY"},
    {"rrule": "DTSTART:99990101T000000\nRRULE:FREQ=DAILY"},
    {"rrule": "DTSTART:18000101T000000\nRRULE:FREQ=SECONDLY"},
    {"rrule": "DTSTART;TZID=Mars/Olympus:20240101T000000\nRRULE:FREQ=DAILY"},
    {"rrule": "RRULE:FREQ=DAILY\nEXDATE:20240105T000000Z\nRDATE:20240105T120000Z"},
    {"rrule": "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60)))},
    {"rrule": "RDATE:" + ",".join(["20240105T120000"] * 5_000)},
    *(
        {"rrule": rule}
        for rule in (
            "",
            "FREQ=NEVER",
            "x" * 100_000,
            "FREQ=DAILY;" * 1_000,
            "FREQ=DAILY;BYDAY=XX",
            "FREQ=WEEKLY;BYDAY=+99MO",
        )
    ),
    *(
        {"interval": step, "anchor_date": "2024-01-01T00:00:00Z"}
        for step in (1, 0.000001, 0, -5, 1e20, 1e308, 10**9, 10**12, "P10000Y", "PT0S", "x")
    ),
    *(
        {"interval": 3600, "anchor_date": at}
        for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1677-01-01T00:00:00Z")
    ),
    *(
        {"interval": 1, "anchor_date": at}
        for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-02-30T00:00:00Z", "now", "", "2024-01-01")
    ),
    *({"cron": "30 2 * * *", "timezone": zone} for zone in ZONES),
    *({"rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "timezone": zone} for zone in ZONES),
    {"rrule": "FREQ=DAILY;UNTIL=20270101T000000Z", "timezone": "Europe/Amsterdam"},
    {"cron": "0 0 * * *", "rrule": "FREQ=DAILY"},
    {"cron": "0 0 * * *", "parameters": {"pipeline": 1}},
    {},
)
"""Each without the slug that it also needs."""
