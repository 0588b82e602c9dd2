"""Features and cohorts of customers: recomputed, and as known then."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg2
import pytest
import yaml
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from conftest import PROJECT, WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.errors import UserError
from user_states.events.load_simulated_events import EventWriter
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_UNIT_TESTS, query

CUSTOMERS = (
    *("+path:models/marts/cohorts", "+path:models/intermediate/snapshots"),
    "+customer_feature_scaling",
    "int_customer_scaled_features",
    "+path:models/marts/propensity_outcomes",
    "customer_merges",
)
SCALING = ("path:models/intermediate/scaling", "customer_feature_scaling")
SUMS = ("cohort_sizes_add_up", "customer_growth_adds_up")

# Sessions of unknown length: a single event without a duration.
LONE_EVENTS = """
    insert into app.events (source, event_type, occurred_at, user_id, platform)
    select 'product', 'app_open', min(occurred_at) + interval '5 days', user_id, 'ios'
    from app.events where user_id is not null group by user_id
"""
# What rules cannot be: the line of the seed, and what the build says.
BAD_RULES = {
    "x,spent,>,1,,,,d": "found the cohort 'x' with the fact 'spent'; did you mean",
    "x,spend,=,1,,,,d": "the operator '='; expected >, >=, < or <=",
    "x,spend,>,1,90,,,d": "both a value and a percentile; expected one of them",
    "x,sessions,>,,90,7,,d": "a percentile of sessions; expected a value, or one of",
    "x,sessions,>,1,,,,d": "no lookback_days; expected the days that sessions looks",
    "x,spend,>,1,,,y,d": "the condition 'y'; expected another cohort",
}


def build(project: DbtProject) -> None:
    project.run(
        *("build", "--select", *CUSTOMERS, *SUMS, *WITHOUT_UNIT_TESTS),
        label="customers",
    )


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[LocalServerAddress]:
    """Build the customers of a small simulated log, with all data tests."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        with connect(address.url) as connection:
            settings = SimulationSettings(250, 30, seed=4)
            load_simulation(connection, settings, events=EventWriter())
        run_as_admin(address, LONE_EVENTS)
        build(project)
        yield address


def frame(address: LocalServerAddress, sql: str) -> pd.DataFrame:
    """Return the rows of a query, with the names of its columns."""
    with closing(psycopg2.connect(address.url)) as connection:
        cursor = connection.cursor()
        cursor.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names)


def age(born: Any, day: date) -> float:
    """Return whole years at a day."""
    if not isinstance(born, date):
        return np.nan
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def recomputed(address: LocalServerAddress, week: date) -> pd.DataFrame:
    """Return the features of one week from the log of events, by customer."""
    ids = frame(
        address,
        "select identifier_key, customer_id from intermediate.int_customer_ids_as_of "
        f"where from_week_start <= '{week}' "
        f"and (to_week_start is null or to_week_start > '{week}')",
    ).set_index("identifier_key")["customer_id"]
    events = frame(address, "select * from intermediate.int_customer_events")
    owners = events.set_index("event_key")["identifier_key"]
    events["customer_id"] = events.identifier_key.map(ids)
    sessions = frame(address, "select * from intermediate.int_sessions")
    sessions["customer_id"] = sessions.first_event_key.map(owners).map(ids)
    crm = frame(address, "select * from staging.stg_app__customers")
    crm["customer_id"] = ("crm_id:" + crm.crm_id).map(ids)

    end = week + timedelta(days=7)
    known = events[events.customer_id.notna() & (events.local_date < end)]
    recent = known[known.local_date >= end - timedelta(days=90)]
    begun = sessions.started_local.dt.date
    inside = sessions[(begun < end) & (begun >= end - timedelta(days=90))].copy()
    complete = inside.duration_seconds.where(inside.is_duration_complete)
    medians = complete.groupby([inside.source, inside.platform], dropna=False)
    inside["seconds"] = complete.fillna(medians.transform("median"))
    inside["is_imputed"] = complete.isna() & inside.seconds.notna()
    inside["day"] = inside.started_local.dt.date
    inside = inside[inside.customer_id.notna()]

    everyone = pd.Index(sorted(set(ids.dropna())), name="customer_id")
    web, product = recent[recent.source == "web"], recent[recent.source == "product"]
    web_sessions = inside[inside.source == "web"]
    app_sessions = inside[inside.source == "product"]
    found = pd.DataFrame(index=everyone)

    def different(rows: pd.DataFrame, values: pd.Series[Any]) -> pd.Series[Any]:
        counts = values.groupby(rows.customer_id).nunique()
        return counts.reindex(everyone, fill_value=0)

    def number(rows: pd.DataFrame) -> pd.Series[Any]:
        return rows.groupby("customer_id").size().reindex(everyone, fill_value=0)

    def of_type(rows: pd.DataFrame, name: str) -> pd.DataFrame:
        return rows[rows.event_type == name]

    blogs = web[web.content_type == "blog"]
    seen_on_web = everyone.isin(known[known.source == "web"].customer_id)
    found["n_blogs_viewed"] = different(blogs, blogs.page_path).where(seen_on_web)
    views = number(of_type(web, "page_view"))
    found["n_website_views"] = views
    found["n_website_sessions"] = number(web_sessions)
    found["n_pages_per_session"] = views / found.n_website_sessions.replace(0, np.nan)
    found["n_product_features_used"] = different(product, product.feature_name)
    a_day = product.groupby(["customer_id", "local_date"]).feature_name.nunique()
    per_day = a_day.groupby("customer_id").mean().reindex(everyone, fill_value=0.0)
    found["n_product_features_used_per_day"] = per_day
    videos = of_type(web, "video_start")
    named = videos.feature_name.fillna(videos.page_path)
    found["n_videos_viewed"] = different(videos, named)
    papers = web[web.content_type == "whitepaper"]
    found["n_whitepapers_viewed"] = different(papers, papers.page_path)
    first, last = (known.groupby("customer_id").local_date.agg(f) for f in (min, max))
    tenure = first.map(lambda day: (end - day).days).reindex(everyone)
    found["customer_tenure_days"] = tenure
    found["avg_sessions_per_day"] = number(app_sessions) / tenure.clip(upper=90)
    found["avg_sessions_per_day"] = found.avg_sessions_per_day.fillna(0)
    seconds = app_sessions.groupby("customer_id").seconds.mean()
    found["avg_time_per_session"] = seconds.reindex(everyone)
    timed = app_sessions[app_sessions.seconds.notna()]
    imputed = timed.groupby("customer_id").is_imputed.mean().reindex(everyone)
    found["share_duration_imputed"] = imputed.astype(float)
    found["days_since_last_activity"] = last.map(lambda day: (end - day).days - 1)
    found["n_active_days"] = different(recent, recent.local_date)
    for days in (7, 30):
        newest = inside[inside.day >= end - timedelta(days=days)]
        found[f"n_sessions_{days}d"] = number(newest)
    less = [found[f"n_sessions_{n}d"].rank(method="min") - 1 for n in (7, 30)]
    found["activity_score"] = (less[0] + less[1]) / 2 / (len(everyone) - 1)
    receipts = of_type(recent, "store_visit")
    bought = [
        of_type(recent, "purchase"),
        receipts[receipts.value_in_reporting_currency.notna()],
    ]
    found["n_purchases"] = number(pd.concat(bought))
    rides = of_type(recent, "ride_completed")
    found["n_rides"] = number(rides)
    spend = (
        pd.concat([*bought, rides])
        .groupby("customer_id")
        .value_in_reporting_currency.sum()
    )
    found["spend"] = spend.astype(float).reindex(everyone, fill_value=0.0)
    uses = of_type(recent, "feature_use")
    uses = uses[uses.local_date >= end - timedelta(days=30)]
    found["n_feature_interactions_30d"] = number(uses)
    found["video_watch_count"] = number(of_type(recent, "video_start"))
    found["filter_use_count"] = number(of_type(recent, "filter_use"))
    crm = crm[crm.customer_id.notna() & (crm.created_at < pd.Timestamp(end, tz="UTC"))]
    is_converted = crm.converted_at < pd.Timestamp(end, tz="UTC")
    converted = is_converted.groupby(crm.customer_id).any().astype(float)
    found["converted_to_sale"] = converted.reindex(everyone)
    crm = crm.assign(age=crm.birth_date.map(lambda day: age(day, end)))
    crm = crm.dropna(subset=["age"]).sort_values(["created_at", "crm_id"])
    found["customer_age"] = crm.groupby("customer_id").age.last().reindex(everyone)
    return found


def test_features_are_those_of_the_log(warehouse: LocalServerAddress) -> None:
    """Each feature equals what pandas computes from the events, in three weeks."""
    snapshots = frame(warehouse, "select * from marts.customer_snapshots")
    weeks = sorted(set(snapshots.as_of_week_start))
    assert len(weeks) == 26
    for week in (weeks[0], weeks[12], weeks[-1]):
        rows = snapshots[snapshots.as_of_week_start == week].set_index("customer_id")
        expected = recomputed(warehouse, week)
        assert len(rows) == len(expected) > 100
        for name in map(str, expected):
            actual = rows[name].reindex(expected.index).astype(float)
            is_count = name[:2] == "n_" and "_per_" not in name
            np.testing.assert_allclose(
                actual,
                expected[name].astype(float),
                rtol=0 if is_count else 1e-9,
                err_msg=f"{name} {week}",
            )
            # The comparison must be about something.
            assert snapshots[name].nunique() > 1, name
        assert (rows.engagement_depth == rows.n_product_features_used).all()


@pytest.mark.parametrize(
    ("method", "scaler"), [("z_score", StandardScaler), ("min_max", MinMaxScaler)]
)
def test_features_are_scaled_as_scikit_learn_does(
    warehouse: LocalServerAddress, method: str, scaler: Any
) -> None:
    """Defaults, transforms and scales are those of pandas and scikit-learn."""
    scaling = {"customer_feature_scaling": method}
    DbtProject.load("demo", scaling).run("run", "--select", *SCALING, label="scaling")
    features = frame(
        warehouse,
        "select * from intermediate.int_customer_features where as_of_week_start = "
        "(select max(as_of_week_start) from intermediate.int_customer_features)",
    ).set_index("customer_id")
    with (PROJECT / "seeds/customer_features.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["is_feature"] == "true"]
    expected = pd.DataFrame(index=features.index)
    for row in rows:
        values = features[row["feature"]].astype(float)
        if row["default_value"] == "median":
            values = values.fillna(values.median())
        elif row["default_value"]:
            values = values.fillna(float(row["default_value"]))
        is_log = row["transform"] == "log1p"
        expected[row["feature"]] = np.log1p(values) if is_log else values
    fitted = scaler().fit(expected)
    names = list(expected)
    actual = frame(warehouse, "select * from intermediate.int_customer_scaled_features")
    actual = actual.set_index("customer_id")
    assert [name for name in actual if name != "as_of_week_start"] == names
    np.testing.assert_allclose(
        actual.loc[expected.index, names].astype(float),
        fitted.transform(expected),
        rtol=0,
        atol=1e-9,
    )
    kept = frame(
        warehouse,
        "select * from marts.customer_feature_scaling "
        f"where scaling_method = '{method}'",
    ).set_index("feature")
    assert set(kept.index) == set(names)
    is_constant = (expected.max() == expected.min())[kept.index]
    assert kept.is_constant.tolist() == is_constant.tolist()
    scale = fitted.scale_ if method == "z_score" else 1 / fitted.scale_
    centre = fitted.mean_ if method == "z_score" else fitted.data_min_
    for column, values in (("centre", centre), ("spread", scale)):
        found = kept.loc[names, column].astype(float)
        np.testing.assert_allclose(found, values, rtol=1e-9, err_msg=column)
    assert set(kept.n_customers) == {len(expected)}


def test_late_events_add_revisions_and_new_weeks_rows(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """What was recorded stays; a late event and a new week add rows."""
    recorded = "select md5(cast(rows as text)) from marts.customer_snapshots as rows"
    before = set(query(warehouse, recorded))
    ((week, user, customer),) = query(
        warehouse,
        """
        select as_of_week_start, user_key, customer_id
        from (
            select
                snapshots.as_of_week_start, snapshots.customer_id,
                min(ids.identifier_key) as user_key
            from marts.customer_snapshots as snapshots
            inner join intermediate.int_customer_phases as ids
                on
                    snapshots.customer_id = ids.customer_id
                    and snapshots.as_of_week_start >= ids.first_week_start
                    and (
                        ids.next_week_start is null
                        or snapshots.as_of_week_start < ids.next_week_start
                    )
            where ids.identifier_key like 'user_id:%'
            group by 1, 2
        ) as owned
        where as_of_week_start = (
            select max(as_of_week_start) - 7 from marts.customer_snapshots
        )
        order by 2 limit 1
        """,
    )
    person = user.removeprefix("user_id:")
    columns = "(source, event_type, feature_name, occurred_at, user_id, event_id)"
    run_as_admin(
        warehouse,
        f"""
        insert into app.events {columns} values
        ('product', 'feature_use', 'late_feature', date '{week}' + interval '60 h',
            '{person}', 'late'),
        ('product', 'feature_use', 'book_ride', date '{week}' + interval '15 days',
            '{person}', 'next')
        """,
        # Rides of the new week complete it.
        "insert into app.rides (ride_id, user_id, requested_at, status) values "
        f"('new', '{person}', date '{week}' + interval '22 days', 'completed')",
    )
    build(project)
    after = set(query(warehouse, recorded))
    assert after > before
    found = query(
        warehouse,
        f"""
        select as_of_week_start - date '{week}', revision, count(*)
        from marts.customer_snapshots
        where as_of_week_start > '{week}' or revision > 0
        group by 1, 2 order by 1, 2
        """,
    )
    revised = [row for row in found if row[1] == 1]
    assert [row[0] for row in revised] == [0, 7]
    assert {row[2] for row in revised} == {1}
    assert [row[:2] for row in found if row[0] > 7] == [(14, 0)]
    assert query(
        warehouse,
        "select max(n_product_features_used) - min(n_product_features_used) "
        f"from marts.customer_snapshots where customer_id = '{customer}' "
        f"and as_of_week_start = '{week}'",
    ) == [(1,)]


def test_the_dictionary_is_that_of_the_columns() -> None:
    """The seed has every column that describes a customer, as the contract has it."""
    text = (PROJECT / "models/marts/history/customer_snapshots.yml").read_text("utf-8")
    (model,) = yaml.safe_load(text)["models"]
    columns = {column["name"]: column for column in model["columns"]}
    with (PROJECT / "seeds/customer_features.csv").open(encoding="utf-8") as file:
        features = {row["feature"]: row for row in csv.DictReader(file)}
    beside = {
        *("customer_id", "as_of_week_start", "revision", "user_id", "state_key"),
        *("state_probability", "known_at", "is_backfilled", "evidence_fingerprint"),
        *("has_web_session", "share_duration_imputed"),
    }
    assert set(columns) - beside == set(features)
    for name, feature in features.items():
        assert columns[name]["data_type"] == feature["data_type"], name
        described = " ".join(columns[name]["description"].split()).rstrip(".")
        assert described == feature["description"].rstrip("."), name
    assert sum(row["is_feature"] == "true" for row in features.values()) == 12
    assert {row["is_target"] for row in features.values()} == {"false"}
    assert [n for n, row in features.items() if row["may_be_target"] == "true"] == [
        "converted_to_sale"
    ]


def test_outcomes_are_the_next_days_of_the_log(warehouse: LocalServerAddress) -> None:
    """Of the customer of today: merges are followed one by one, unlike in SQL."""
    merges = frame(
        warehouse,
        "select old_customer_id, new_customer_id from marts.customer_merges "
        "where kind = 'merge' order by change_number",
    )
    following = dict(zip(merges.old_customer_id, merges.new_customer_id, strict=True))

    def today(customer: str) -> str:
        while customer in following:
            customer = following[customer]
        return customer

    outcomes = frame(warehouse, "select * from marts.customer_outcomes")
    outcomes["today"] = outcomes.customer_id.map(today)
    assert (outcomes.today != outcomes.customer_id).sum() > 100
    events = frame(
        warehouse,
        """
        select customer_id, local_date as day, event_type,
            value_in_reporting_currency as value
        from intermediate.int_customer_events
        where customer_id is not null
        """,
    )
    is_purchase = (events.event_type == "purchase") | (
        (events.event_type == "store_visit") & events.value.notna()
    )
    for column, rows in {
        "next_active_on": events,
        "next_purchase_on": events[is_purchase],
        "next_ride_on": events[events.event_type == "ride_completed"],
    }.items():
        days = {
            customer: np.unique(own.day.to_numpy(dtype="datetime64[D]"))
            for customer, own in rows.groupby("customer_id")
        }
        ends = outcomes.ends_on.to_numpy(dtype="datetime64[D]")
        expected = []
        for customer, end in zip(outcomes.today, ends, strict=True):
            own = days.get(customer, np.array([], dtype="datetime64[D]"))
            later = own[own >= end]
            expected.append(later[0] if len(later) else np.datetime64("NaT"))
        found = pd.to_datetime(outcomes[column])
        assert found.notna().sum() > 100, column
        pd.testing.assert_series_equal(
            found, pd.Series(expected).astype(found.dtype), check_names=False
        )


def test_classes_of_targets_follow_from_the_next_days(
    warehouse: LocalServerAddress,
) -> None:
    """Recomputed for churn and purchases: population, horizon, and what is known."""
    rows = frame(
        warehouse,
        """
        select outcomes.*, purchase.outcome_class as purchase, churn.outcome_class
            as churn, purchase.is_known, churn.target is not null as is_active
        from marts.customer_outcomes as outcomes
        left join marts.propensity_outcomes as purchase
            on outcomes.customer_id = purchase.customer_id
            and outcomes.as_of_week_start = purchase.as_of_week_start
            and purchase.target = 'purchase'
        left join marts.propensity_outcomes as churn
            on outcomes.customer_id = churn.customer_id
            and outcomes.as_of_week_start = churn.as_of_week_start
            and churn.target = 'churn'
        """,
    )
    ends = pd.to_datetime(rows.ends_on)
    horizon = ends + pd.Timedelta(weeks=4)
    known = horizon <= ends.max()
    assert (rows.is_known == known).all()
    assert 0 < known.mean() < 1
    bought = pd.to_datetime(rows.next_purchase_on) < horizon
    expected = bought.map({True: "yes", False: "no"}).where(known, None)
    assert rows.purchase.fillna("?").tolist() == expected.fillna("?").tolist()
    active = rows.days_since_last_activity < 28
    assert (rows.is_active == active).all()
    left = ~(pd.to_datetime(rows.next_active_on) < horizon)
    expected = left.map({True: "yes", False: "no"}).where(known & active, None)
    assert rows.churn.fillna("?").tolist() == expected.fillna("?").tolist()
    assert {"yes", "no"} <= set(rows.churn.dropna()) & set(rows.purchase.dropna())


@pytest.mark.usefixtures("warehouse")
def test_rules_that_cannot_be_used_stop_the_build(
    copy_project: Any,
) -> None:
    """Nothing is loaded, and the message says what was found and what to write."""
    path = copy_project() / "seeds/cohort_rules.csv"
    header = path.read_text("utf-8").splitlines()[0]
    for line, words in BAD_RULES.items():
        path.write_text(f"{header}\n{line},A title\n", "utf-8")
        project = DbtProject.load("demo")
        with pytest.raises(UserError) as raised:
            project.run("seed", "--select", "cohort_rules", label="cohort rules")
        assert words in " ".join(str(raised.value).split()), line
