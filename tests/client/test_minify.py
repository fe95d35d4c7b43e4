"""JavaScript becomes shorter and stays what it is."""

from __future__ import annotations

import re
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
        ("const a = b; const f = (x) => a + x;", "let e=e=>t+e,t=b;"),
        ("class A { #bee = 1; c() { return this.#bee; } }", "class e{#a=1;c(){return this.#a}}"),
        ("try { a(); } catch (error) { b(error); }", "try{a()}catch(e){b(e)}"),
        ("f(`a  ${ g (1) } b`, /a  b/, 'c  d');", "f(`a  ${g(1)} b`,/a  b/,'c  d');"),
        ("const a = e; t(a + +a, a - -a);", "let n=e;t(n+ +n,n- -n);"),
        ("function f() { return typeof f; }", "let e=()=>typeof e;"),
        ("function f() { return this; }", "function e(){return this}"),
        ("function f() { g(() => arguments); }", "function e(){g(()=>arguments)}"),
        ("function* f() { yield 1; }", "function*e(){yield 1}"),
        ("function F() {}\nnew F();", "function e(){}new e;"),
        ("a();\nasync function f(b) { await b(); }", "let e=async e=>{await e()};a();"),
        ("const f = async function g() { await g(); };", "let e=async function e(){await e()};"),
        ("if (a) { const b = 1; c(b); } else d();", "if(a){let e=1;c(e)}else d();"),
        ("f(a,\n b,\n);", "f(a,b);"),
        ("f(undefined, a === undefined);", "f(void 0,a===void 0);"),
        ("const A = 'x';\nlet n = 0;\nf(A, ++n);", "let e=0;f('x',++e);"),
        ("const A = 10_000;\nf(() => A);", "f(()=>10000);"),
        ("const a = 1, b = 2;\nf(a);", "let e=1,t=2;f(e);"),
        ("const a = f();\nconst b = g();\nh(a, b, true);", "let e=f(),t=g();h(e,t,!0);"),
        ("if (a) { if (b) throw c; } else d();", "if(a){if(b)throw c}else d();"),
        ("if (a) { for (;;) if (b) break; } else d();", "if(a){for(;;)if(b)break}else d();"),
        (
            "if (a) { for (;;) if (b) break; else c(); } else d();",
            "if(a)for(;;)if(b)break;else c();else d();",
        ),
        ("for (;;);", "for(;;);"),
        ("while (a) {}\nclass B { c = 1; }", "while(a){}class e{c=1}"),
    ],
)
def test_names_and_white_space_shrink(minifier, source: str, short: str) -> None:
    assert minifier.minify(source) == short + "\n"


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("if (a) { b(); } else { c(); }", "a?b():c();"),
        ("if (a) { if (b) c(); } else d();", "a?b&&c():d();"),
        ("if (!a) b();", "a||b();"),
        ("if (!a) b(); else c();", "a?c():b();"),
        ("if (a || b) c();", "(a||b)&&c();"),
        ("if (!(a ?? b)) c();", "(a??b)||c();"),
        ("if (a ?? b) c = d;", "(a??b)&&(c=d);"),
        ("if (a) { b(); c(); }", "a&&(b(),c());"),
        ("if (a = b) for (;;) { c(); d(); }", "if(a=b)for(;;)c(),d();"),
        ("f(() => { if (a) return; b(); });", "f(()=>{a||b()});"),
        (
            "f(() => { if (a) { if (b) return; c(); } d(); });",
            "f(()=>{if(a){if(b)return;c()}d()});",
        ),
        ("while (a) { if (b) continue; c(); d(); }", "while(a)b||(c(),d());"),
        (
            "while (a) { if (b) { if (c) continue; d(); } e(); }",
            "while(a){if(b){if(c)continue;d()}e()}",
        ),
        ("while (a) { if (b) return; c(); }", "while(a){if(b)return;c()}"),
        ("f(() => { if (a) return b; return c; });", "f(()=>a?b:c);"),
        ("f(() => { if (a) { b(); return c; } return d; });", "f(()=>a?(b(),c):d);"),
        ("f(() => { if (a) return b; c(); });", "f(()=>{if(a)return b;c()});"),
        ("f(() => { return { a: b }; });", "f(()=>({a:b}));"),
        ("f(() => { if (a) { const c = d; f(c); } });", "f(()=>{if(a){let e=d;f(e)}});"),
        ("({ a } = b);", "({a}=b);"),
        (
            "f((a && b) || c, (a || b) && c, a - (b - c), (a ?? b) || c);",
            "f(a&&b||c,(a||b)&&c,a-(b-c),(a??b)||c);",
        ),
        (
            "f(a && (b && c), (a?.b).c, (await a).b, !(a && b), -(-a));",
            "f(a&&b&&c,(a?.b).c,(await a).b,!(a&&b),- -a);",
        ),
        ("f((a, b), (c) => (d, c), (x ? y : z) ? u : v);", "f((a,b),e=>(d,e),(x?y:z)?u:v);"),
        (
            "f(new A(), new A().b, new A(c), new (a().b)());",
            "f(new A,new A().b,new A(c),new(a().b));",
        ),
        ("for (let a = ('b' in c) && d; a; );", "for(let e=('b'in c)&&d;e;);"),
        (
            "f((g, 1)(), (() => a)(), a ** (b ** c), (a ** b) ** c);",
            "f((g,1)(),(()=>a)(),a**(b**c),(a**b)**c);",
        ),
    ],
)
def test_statements_become_few(minifier, source: str, short: str) -> None:
    assert minifier.minify(source) == short + "\n"


def test_a_global_that_is_named_often_becomes_short_unless_it_may_change(minifier) -> None:
    short = minifier.minify("f(document, location);" * 20)
    assert short == f"let e=document;{','.join(['f(e,location)'] * 20)};\n"
    assert "let" not in minifier.minify("f(document);")


def test_what_has_not_changed_keeps_the_names_that_packed_well(minifier) -> None:
    source = (
        "function f(one) { return g(one, 1); }\nfunction g(two) { return two; }\nconst a = f(b);"
    )
    before = "let x=y=>z(y,1),z=q=>q,k=x(b);\n"
    assert minifier.packed(source, frozenset(), ["f", "g"], 0, before)[0] == before
    changed = source.replace("return two", "return h(two, a)")
    short, order = minifier.packed(changed, frozenset(), ["f", "g"], 0, before)
    assert short == "let x=y=>z(y,1),z=q=>h(q,k),k=x(b);\n"
    taken = source.replace("f(b)", "f(b, x)")
    short, order = minifier.packed(taken, frozenset(), ["f", "g"], 0, before)
    assert minifier.is_made_of(short, taken, order=order)
    assert short == "let e=y=>z(y,1),z=q=>q,k=e(b,x);\n"


def test_two_names_that_were_one_are_told_apart(minifier) -> None:
    source = "function f() { return a; }\nfunction g() { return b; }\nlet a = u, b = v;"
    before = "let x=()=>k,z=()=>k,k=u,t=v;\n"
    short, order = minifier.packed(source, frozenset(), ["f", "g"], 0, before)
    assert short == "let x=()=>k,z=()=>e,k=u,e=v;\n"


def test_functions_stand_as_they_are_told_to(minifier) -> None:
    source = "function f() { return g; }\nfunction g() { return f; }\na(f);"
    short, order = minifier.packed(source, frozenset(), ["g", "gone", "f"], 0)
    assert (short, order) == ("let e=()=>t,t=()=>e;a(t);\n", ["g", "f"])
    assert minifier.is_made_of(short, source, order=order)
    assert not minifier.is_made_of(short.replace("a(t)", "a(e)"), source, order=order)


def test_properties_that_nobody_else_knows_shrink(minifier) -> None:
    source = "const { mine, at } = a; b({ mine, at }, a.mine.at);"
    short = minifier.minify(source, frozenset({"mine"}))
    assert short == "let{e,at:t}=a;b({e,at:t},a.e.at);\n".replace("{e,", "{e:e,")
    assert minifier.is_made_of(short, source, frozenset({"mine"}))
    assert not minifier.is_made_of(short, source)


def test_names_that_are_tried_out_mean_the_same_and_pack_better(minifier) -> None:
    text = (SOURCES / "fields.js").read_text(encoding="utf-8")
    source = re.sub("^import .*\n|^export ", "", text, flags=re.MULTILINE)
    plain = minifier.minify(source)
    tried, order = minifier.packed(source, frozenset(), (), 200)
    assert sorted(order) != order
    assert minifier.is_made_of(tried, source, order=order)
    assert not minifier.is_made_of(tried, source)
    assert len(zlib.compress(tried.encode(), 9)) < len(zlib.compress(plain.encode(), 9))
    assert (tried, order) == minifier.packed(source, frozenset(), (), 200)


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
