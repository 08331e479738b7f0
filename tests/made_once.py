"""SQL that was made for a query once is not made again for the next one of the same shape.

A history of the campaign asks some fifteen hundred questions of a few hundred shapes, and a third to a half of every
test of the shop went into writing the same SELECTs anew. Here a plain SELECT is known by its shape: table, joins,
columns, order, limits, and what its conditions compare, without the values. The values are prepared by Django each
time. So is whether there is a row at all (`exists()`), and an UPDATE of one table, known by its columns and conditions.
Whatever is not plain (an expression, a subquery, another annotation, a truth value) is made as ever. `check=True` makes
each of them as well and compares; a test of the campaign plays histories so. The question marks that SQLite wants are
put into a text once. Tests with real processes, and whatever runs outside the tests, know nothing of this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from unittest import mock

from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models import lookups
from django.db.models.expressions import Col, Value
from django.db.models.fields import related_lookups
from django.db.models.sql.compiler import SQLCompiler, SQLUpdateCompiler
from django.db.models.sql.datastructures import BaseTable, Join
from django.db.models.sql.query import Query
from django.db.models.sql.where import WhereNode

COMPARES = {
    lookups.Exact, lookups.GreaterThan, lookups.GreaterThanOrEqual, lookups.LessThan, lookups.LessThanOrEqual,
    lookups.IntegerFieldExact, lookups.IntegerGreaterThan, lookups.IntegerGreaterThanOrEqual,
    lookups.IntegerLessThan, lookups.IntegerLessThanOrEqual, related_lookups.RelatedExact,
    related_lookups.RelatedGreaterThan, related_lookups.RelatedLessThan,
}  # fmt: skip
AMONG = {lookups.In, related_lookups.RelatedIn}
NULL = {lookups.IsNull, related_lookups.RelatedIsNull}
LARGEST = 2**53
WHETHER = {"a": Value(1)}  # what `exists()` selects
# Django's own, also where one of these stands inside another
as_sql, get_converters = SQLCompiler.as_sql, SQLCompiler.get_converters
has_composite_fields = SQLCompiler.has_composite_fields
update_as_sql = SQLUpdateCompiler.as_sql
convert_query = SQLiteCursorWrapper.convert_query


class NotPlain(Exception):
    """It has no shape that says all: it is made as ever."""


def _is_plain(value: Any) -> bool:
    kind = type(value)
    return kind is str or (kind is int and abs(value) < LARGEST) or kind is datetime or kind is date or (
        isinstance(value, str)
    )  # fmt: skip


def _column(expression: Any) -> tuple[Any, ...]:
    if type(expression) is not Col:
        raise NotPlain
    return (expression.alias, expression.target, expression.output_field)


def _conditions(node: Any, compiler: SQLCompiler, shape: list[Any], params: list[Any]) -> None:
    kind = type(node)
    if kind is WhereNode:
        shape.append((node.connector, node.negated, len(node.children)))
        for child in node.children:
            _conditions(child, compiler, shape, params)
        return
    if kind in NULL:
        shape.append((kind, *_column(node.lhs), bool(node.rhs)))
        return
    if kind in COMPARES:
        if not _is_plain(node.rhs):
            raise NotPlain
        shape.append((kind, *_column(node.lhs)))
    elif kind in AMONG:
        if type(node.rhs) not in (list, tuple, set, frozenset) or not all(_is_plain(one) for one in node.rhs):
            raise NotPlain
        shape.append((kind, *_column(node.lhs), len(set(node.rhs))))
        if not node.rhs:
            raise NotPlain
    else:
        raise NotPlain
    params.extend(node.process_rhs(compiler, compiler.connection)[1])


def _related(found: Any) -> Any:
    if isinstance(found, dict):
        return tuple((name, _related(value)) for name, value in found.items())
    return found


def _joins(query: Query) -> Iterator[Any]:
    for alias, one in query.alias_map.items():
        used = bool(query.alias_refcount[alias])
        if type(one) is Join:
            if one.filtered_relation is not None:
                raise NotPlain
            yield (alias, used, one.table_name, one.parent_alias, one.join_type, id(one.join_field))
        elif type(one) is BaseTable:
            yield (alias, used, one.table_name)
        else:
            raise NotPlain


def shape_of(compiler: SQLCompiler) -> tuple[Any, list[Any]]:
    """The shape, hashable, and the values in their order. Raises NotPlain."""
    query = compiler.query
    asks_whether = query.annotations == WHETHER
    if (
        type(query) is not Query or (query.annotations and not asks_whether) or query.extra or query.extra_tables or query.combinator or query.subquery
        or query.group_by is not None or query.distinct_fields or query.select_for_update or query.extra_order_by
        or query.explain_info or not all(type(one) is str for one in query.order_by)
    ):  # fmt: skip
        raise NotPlain
    shape: list[Any] = [
        compiler.using, query.model, query.default_cols, query.distinct, query.low_mark, query.high_mark, query.order_by,
        query.default_ordering, query.standard_ordering, frozenset(query.deferred_loading[0]), query.deferred_loading[1], asks_whether,
        _related(query.select_related), tuple(_column(one) for one in query.select), tuple(_joins(query)),
    ]  # fmt: skip
    params: list[Any] = [1] if asks_whether else []
    _conditions(query.where, compiler, shape, params)
    return tuple(shape), params


def shape_of_update(compiler: SQLUpdateCompiler) -> tuple[Any, list[Any], list[Any]]:
    """The shape, what is written, and the values of the conditions. Raises NotPlain."""
    query = compiler.query
    query.get_initial_alias()
    if query.related_updates or query.annotations or query.extra_tables or len(query.alias_map) != 1:
        raise NotPlain
    shape: list[Any] = [compiler.using, query.model, tuple(_joins(query))]
    written: list[Any] = []
    for field, _model, value in query.values:
        if hasattr(value, "resolve_expression") or hasattr(field, "get_placeholder"):
            raise NotPlain
        if hasattr(value, "prepare_database_save"):
            value = value.prepare_database_save(field)
        value = field.get_db_prep_save(value, connection=compiler.connection)
        if hasattr(value, "as_sql"):
            raise NotPlain
        shape.append((field, value is None))
        if value is not None:
            written.append(value)
    params: list[Any] = []
    _conditions(query.where, compiler, shape, params)
    return tuple(shape), written, params


@contextmanager
def made_once(counts: Counter[str], *, check: bool = False) -> Iterator[None]:
    """Inside, plain SELECTs and UPDATEs are made once for each shape. `counts` says how many were compared."""
    known: dict[Any, tuple[Any, ...]] = {}
    known_updates: dict[Any, str] = {}
    joined: list[Any] = []

    def make(compiler: SQLCompiler, with_limits: bool = True, with_col_aliases: bool = False) -> Any:
        if (
            type(compiler) is not SQLCompiler
            or not with_limits
            or with_col_aliases
            or compiler.elide_empty is False
        ):
            return as_sql(compiler, with_limits, with_col_aliases)
        try:
            shape, params = shape_of(compiler)
            seen = known.get(shape)
        except (NotPlain, TypeError):
            return as_sql(compiler, with_limits, with_col_aliases)
        if seen is None:
            sql, made = as_sql(compiler, with_limits, with_col_aliases)
            if list(made) == params:
                known[shape] = (
                    sql, compiler.select, compiler.klass_info, compiler.annotation_col_map, compiler.col_count,
                    compiler.has_extra_select, {},
                )  # fmt: skip
                # a shape names them by their place in memory, so nothing else may come to lie there
                joined.extend(
                    join.join_field for join in compiler.query.alias_map.values() if join.parent_alias
                )
            return sql, made
        if check:
            sql, made = as_sql(compiler, with_limits, with_col_aliases)
            assert (sql, list(made)) == (seen[0], params), (sql, seen[0], made, params)
            counts["SQL compared"] += 1
            return sql, made
        (
            sql, compiler.select, compiler.klass_info, compiler.annotation_col_map, compiler.col_count,
            compiler.has_extra_select, compiler.converted,
        ) = seen  # fmt: skip
        return sql, tuple(params)

    def make_update(compiler: SQLUpdateCompiler) -> Any:
        try:
            shape, written, params = shape_of_update(compiler)
            seen = known_updates.get(shape)
        except (NotPlain, TypeError):
            return update_as_sql(compiler)
        if seen is not None and not check:
            return seen, (*written, *params)
        sql, made = update_as_sql(compiler)
        same = len(made) == len(written) + len(params) and list(made[len(written) :]) == params
        if seen is None and same:  # what is sealed is another text each time
            known_updates[shape] = sql
        elif seen is not None:
            assert sql == seen, (sql, seen)
            assert same, (sql, made, written, params)
            counts["SQL compared"] += 1
        return sql, made

    def converters(compiler: SQLCompiler, expressions: Any) -> Any:
        """How values of these columns become ours: asked for once as well."""
        kept = getattr(compiler, "converted", None)
        if kept is None:
            return get_converters(compiler, expressions)
        if "all" not in kept:
            kept["all"] = get_converters(compiler, expressions)
        return kept["all"]

    def composite(compiler: SQLCompiler, expressions: Any) -> bool:
        """Plain columns only have a shape."""
        return getattr(compiler, "converted", None) is None and has_composite_fields(compiler, expressions)

    @lru_cache(maxsize=4096)
    def with_question_marks(query: str) -> str:
        return str(convert_query(None, query))

    def marked(cursor: SQLiteCursorWrapper, query: str, *, param_names: list[str] | None = None) -> str:
        if param_names is None:
            return with_question_marks(query)
        return str(convert_query(cursor, query, param_names=param_names))

    with (
        mock.patch.object(SQLCompiler, "as_sql", make),
        mock.patch.object(SQLUpdateCompiler, "as_sql", make_update),
        mock.patch.object(SQLCompiler, "get_converters", converters),
        mock.patch.object(SQLCompiler, "has_composite_fields", composite),
        mock.patch.object(SQLiteCursorWrapper, "convert_query", marked),
    ):
        yield
