{#
    How far apart the segments are, week by week since the fit: the index of Davies and
    Bouldin exactly as scikit-learn has it, and the simplified silhouette. The same numbers
    as scripts/user_states/segments/shape_measures.py.
#}
with

shapes as (

    select * from {{ ref('segment_shapes') }}

),

-- Of each pair of segments, how wide both are compared with how far apart.
pairs as (

    select
        one.as_of_week_start,
        one.segment_id,
        one.mean_distance,
        one.n_customers,
        sqrt({{ squared_distance('one', 'other') }}) as distance,
        one.mean_distance + other.mean_distance as width
    from shapes as one
    inner join shapes as other
        on
            one.as_of_week_start = other.as_of_week_start
            and one.segment_id <> other.segment_id

),

worst as (

    select
        as_of_week_start,
        segment_id,
        max(n_customers) as n_customers,
        max(mean_distance) as mean_distance,
        max(distance) as distance,
        max(coalesce(width / nullif(distance, 0), 0)) as ratio
    from pairs
    group by as_of_week_start, segment_id

),

-- As in scikit-learn, it is 0 if segments are points, or all in one place.
separations as (

    select
        as_of_week_start,
        case
            when count(*) >= sum(n_customers) then null
            when max(mean_distance) < 1e-8 or max(distance) < 1e-8 then 0
            else {{ exact_sum('ratio', 12) }} / count(*)
        end as davies_bouldin
    from worst
    group by as_of_week_start

),

totals as (

    select
        as_of_week_start,
        sum(n_customers) as n_customers,
        {{ exact_sum('simplified_silhouette * n_customers', 12) }} / sum(n_customers)
            as simplified_silhouette,
        run_id
    from shapes
    group by as_of_week_start, run_id

),

described as (

    select
        totals.as_of_week_start,
        cast(totals.n_customers as {{ dbt.type_bigint() }}) as n_customers,
        separations.davies_bouldin,
        totals.simplified_silhouette,
        totals.run_id
    from totals
    left join separations
        on totals.as_of_week_start = separations.as_of_week_start

)

select * from described
