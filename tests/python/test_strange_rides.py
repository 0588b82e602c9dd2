"""Rows of app.rides that no sane log has: the build takes them, and counts them."""

from __future__ import annotations

from conftest import run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    build_from_the_model_on,
    build_up_to_the_panel,
    query,
)

# The same rides in columns of double precision.
TO_DOUBLES = """
    drop view staging.stg_app__rides cascade;
    alter table app.rides rename to trips;
    create table app.rides as select * from app.trips;
    alter table app.rides
    alter price type double precision,
    alter surge_multiplier type double precision,
    alter estimated_price type double precision,
    alter coupon_count type double precision,
    alter stopover_count type double precision;
"""

# 6,400 characters that no compression makes short.
LONG = "(select string_agg(md5(cast(i as text)), '') from generate_series(1, 200) as i)"

STRANGE_NUMBERS = f"""
    insert into app.rides (
        ride_id, price, surge_multiplier, estimated_price, coupon_count,
        stopover_count, city, user_id, requested_at, status
    )
    select strange.*, 'odd', timestamptz '2024-03-05 10:00+00', 'completed'
    from (
        values
        ('n1', 10, 'NaN', 'NaN', 'NaN', 'NaN', {LONG}),
        ('n2', 10, 'Infinity', '-Infinity', 1e300, 1e10, ''),
        ('n3', 10, -0.5, -0.5, -1, -1, ' Madrid '),
        ('n4', 999999999999, 999.5, 0, 2147483646, 0, 'Madrid')
    ) as strange;
    insert into app.rides (ride_id, user_id, requested_at, status, price)
    values ('n5', 'odd', '2024-03-05 10:00+00', 'cancelled', '-Infinity')
"""

STRANGE_TEXTS = f"""
    insert into app.rides (
        ride_id, user_id, requested_at, status, price, time_zone, currency,
        payment_mode, platform, country, city, cancel_reason, app_version
    )
    select
        'strange ' || number, user_id, '2024-03-05 10:00+00', status, 5, zone, currency,
        word, word, word, word, word, word
    from (
        values
        (1, 'odd ', 'completed', 'Mars/Olympus_Mons', 'eur', '<script>x()</script>'),
        (2, 'ODD', ' COMPLETED ', '<+05>-05', 'EUR ', '''; drop table app.rides; --'),
        (3, U&'\\202Eddo', 'completed', 'posixrules', 'EUR', U&'\\0130stanbul e\\0301'),
        (4, ''';--', 'completed', '', '', '%s {{{{ x }}}} {{% raw %}}'),
        (5, '=cmd|A1', 'completed', null, 'XYZ', E'two\\nlines\\x01'),
        (6, '"odd"', {LONG}, {LONG}, {LONG}, {LONG}),
        (7, {LONG}, 'completed', 'UTC', 'EUR', 'Madrid')
    ) as strange (number, user_id, status, zone, currency, word)
"""

STRANGE_TIMES = f"""
    insert into app.rides (ride_id, user_id, requested_at, status, price) values
    ('t1', 'odd', 'infinity', 'completed', 10),
    ('t2', 'odd', '-infinity', 'completed', 10),
    ('t3', 'odd', '4713-01-01 00:00+00 BC', 'completed', 10),
    ('t4', 'odd', '294276-12-31 23:59+00', 'completed', 10),
    ({LONG}, 'odd', '2024-03-05 10:00+00', 'completed', 10);
    insert into app.rides (ride_id) values (null), (''), ('  ');
"""

COUNTED_RULES = """
    select broken_rule, count(*)
    from intermediate.int_rejected_rides
    where user_id is null or user_id in ('odd', '"odd"') or ride_id like 'strange %'
    group by broken_rule
"""

NOT_NUMBERS = """
    select count(*) from marts.state_profiles
    where mean_value in ('NaN', 'Infinity') or mean_of_everyone in ('NaN', 'Infinity')
"""


def test_strange_rides_are_taken_or_counted(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    run_as_admin(published_warehouse, TO_DOUBLES)
    build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
    project.run("run", "--select", "int_rejected_rides", label="rejected rides")
    before = dict(query(published_warehouse, COUNTED_RULES))
    run_as_admin(published_warehouse, STRANGE_NUMBERS, STRANGE_TEXTS, STRANGE_TIMES)
    build_up_to_the_panel(project)
    build_from_the_model_on(project)

    after = dict(query(published_warehouse, COUNTED_RULES))
    added = {rule: n - before.get(rule, 0) for rule, n in after.items()}
    assert {rule: n for rule, n in added.items() if n} == {
        "impossible_surge_multiplier": 3,
        "impossible_estimated_price": 3,
        "impossible_coupon_count": 3,
        "impossible_stopover_count": 3,
        "impossible_city": 2,
        "impossible_country": 1,
        "overlong_id": 2,
        "null_ride_id": 3,
        "requested_in_the_future": 2,
        "requested_too_early": 2,
        "unknown_time_zone": 4,
        "unknown_exchange_rate": 1,
    }
    assert query(published_warehouse, NOT_NUMBERS) == [(0,)]
    assert query(
        published_warehouse,
        "select user_id, lifetime_requests from marts.users "
        "where lower(user_id) = 'odd' order by user_id collate \"C\"",
    ) == [("ODD", 1), ("odd", 6)]
