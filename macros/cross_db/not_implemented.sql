{#
    Stop with an error: this adapter has no implementation of a macro of this folder.

    Every macro of macros/cross_db dispatches to `<adapter>__<name>`. Its default calls
    this one, so that an engine never runs the SQL of another by accident.
#}
{% macro not_implemented(name) %}

    {{ exceptions.raise_compiler_error(
        "found no implementation of the macro " ~ name ~ " for the adapter " ~ adapter.type()
        ~ "; expected a macro " ~ adapter.type() ~ "__" ~ name ~ ". Write it in macros/cross_db,"
        ~ " next to postgres__" ~ name ~ "."
    ) }}

{% endmacro %}
