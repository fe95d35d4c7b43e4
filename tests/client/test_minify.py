"""JavaScript becomes shorter and stays what it is."""

from __future__ import annotations

import zlib
from types import ModuleType

import pytest

from quart_hotframe.client.build import SOURCES
from tests.support.requiring import require_package


@pytest.fixture
def minifier() -> ModuleType:
    for package in ("tree_sitter", "tree_sitter_javascript"):
        require_package(package)
    from quart_hotframe.client import minify

    return minify


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("const first = a; // one\nuse(first);", "let e=a;use(e);"),
        ("const own = ({ own: a }) => a.own;", "let e=({own:e})=>e.own;"),
        (
            "const { one, two = 2 } = all; f({ one, two });",
            "let{one:e,two:t=2}=all;f({one:e,two:t});",
        ),
        ("for (const [a, b] of c) d(a, b);", "for(let[e,t]of c)d(e,t);"),
        ("const a = (x) => { const y = x; return y; };", "let e=e=>{let t=e;return t};"),
        ("const a = b; const f = (x) => a + x;", "let e=b,t=t=>e+t;"),
        ("class A { #b = 1; c() { return this.#b; } }", "class e{#b=1;c(){return this.#b}}"),
        ("try { a(); } catch (error) { b(error); }", "try{a()}catch(e){b(e)}"),
        ("f(`a  ${ g (1) } b`, /a  b/, 'c  d');", "f(`a  ${g(1)} b`,/a  b/,'c  d');"),
        ("const a = e; t(a + +a, a - -a);", "let n=e;t(n+ +n,n- -n);"),
        ("function f() { return typeof f; }", "function e(){return typeof e}"),
        ("const f = async function g() { await g(); };", "let e=async function e(){await e()};"),
        ("if (a) { const b = 1; c(b); } else d();", "if(a){let e=1;c(e)}else d();"),
        ("f(a,\n b,\n);", "f(a,b);"),
        ("const A = 'x';\nlet n = 0;\nf(A, ++n);", "let e=0;f('x',++e);"),
        ("const A = 10_000;\nf(() => A);", "f(()=>10000);"),
        ("const a = 1, b = 2;\nf(a);", "let e=1,t=2;f(e);"),
        ("const a = f();\nconst b = g();\nh(a, b, true);", "let e=f(),t=g();h(e,t,!0);"),
        ("if (a) { b(); } else { c(); }", "if(a)b();else c();"),
        ("if (a) { if (b) c(); } else d();", "if(a){if(b)c()}else d();"),
        ("for (;;);", "for(;;);"),
        ("while (a) {}\nclass B { c = 1; }", "while(a){}class e{c=1}"),
    ],
)
def test_names_and_white_space_shrink(minifier, source: str, short: str) -> None:
    assert minifier.minify(source) == short + "\n"


def test_properties_that_nobody_else_knows_shrink(minifier) -> None:
    source = "const { mine, at } = a; b({ mine, at }, a.mine.at);"
    short = minifier.minify(source, frozenset({"mine"}))
    assert short == "let{e,at:t}=a;b({e,at:t},a.e.at);\n".replace("{e,", "{e:e,")
    assert minifier.is_made_of(short, source, frozenset({"mine"}))
    assert not minifier.is_made_of(short, source)


def test_names_that_are_tried_out_mean_the_same_and_pack_better(minifier) -> None:
    source = (SOURCES / "fields.js").read_text(encoding="utf-8").replace("export ", "")
    plain, tried = minifier.minify(source), minifier.minify(source, tries=200)
    assert tried != plain
    assert minifier.is_made_of(tried, source)
    assert len(zlib.compress(tried.encode(), 9)) < len(zlib.compress(plain.encode(), 9))
    assert tried == minifier.minify(source, tries=200)


@pytest.mark.parametrize(
    "source", ["var a = 1;", "eval('a');", "const a = ;", "with (a) b();", "import a from 'b';"]
)
def test_what_is_not_understood_is_refused(minifier, source: str) -> None:
    with pytest.raises(minifier.ScopeError):
        minifier.minify(source)


@pytest.mark.parametrize(
    ("plain", "short"),
    [
        ("let a = 1; let b = a;", "let e=1;let t=t;"),
        ("f(a);", "f(b);"),
        ("a = b + +c;", "a=b++c;"),
        ("f(); (g)();", "f()(g)();"),
        ("return\na", "return a"),
    ],
)
def test_other_code_is_noticed(minifier, plain: str, short: str) -> None:
    with pytest.raises(minifier.ScopeError):
        minifier.compare(plain, short)
