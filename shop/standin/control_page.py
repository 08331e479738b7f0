"""The page at ``/_standin/`` for a person: clock, faults, journal, and what each world adds."""

from __future__ import annotations

from html import escape

from shop.standin.faults import TRANSPORT_KINDS
from shop.standin.wsgi import Env

STYLE = """
:root{color-scheme:light dark;--ink:#1d1a17;--paper:#fbf8f3;--card:#fff;--line:#ded6ca;--soft:#6a6158;--act:#8f1d2c}
@media(prefers-color-scheme:dark){:root{--ink:#f2ece4;--paper:#171412;--card:#211d1a;--line:#3d362f;--soft:#b5aaa0;
--act:#e0707f}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:70rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1,h2{font-family:Georgia,serif;line-height:1.2}h2{margin:0 0 .5rem}h3{margin:1.25rem 0 .25rem;font-size:1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1.25rem;margin:0 0 1rem}
form{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end;margin:.25rem 0}
label{font-size:.875rem;color:var(--soft);max-width:100%}
input,select,button{font:inherit;padding:.4rem .6rem;border:1px solid var(--soft);border-radius:6px;max-width:100%;
background:var(--paper);color:var(--ink)}
label input:not([type=checkbox]),label select{display:block}
button{min-height:2.5rem;cursor:pointer}button:hover{border-color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.875rem}
td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
td.wide{white-space:normal;word-break:break-all}.error{color:var(--act);font-weight:700}
"""


def render(env: Env, problem: str = "") -> str:
    """The whole page; ``problem`` is shown on top, in words."""
    error = f'<p class="error" role="alert">{escape(problem)}</p>' if problem else ""
    parts = "".join(world.control_page() for world in env.worlds.values())
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Stand-in: controls</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{STYLE}</style></head><body><main><h1>The outside world, imitated</h1>{error}"
        f"{_clock(env)}{_faults(env)}{parts}{_journal(env)}{_reset(env)}</main></body></html>"
    )


def _clock(env: Env) -> str:
    buttons = "".join(
        f'<button name="advance_seconds" value="{seconds}">{text}</button>'
        for seconds, text in (
            (300, "5 minutes on"),
            (600, "10 minutes on"),
            (3600, "1 hour on"),
            (86400, "1 day on"),
        )
    )
    return f"""<section><h2>Clock</h2><p>{env.clock.now():%A %d %B %Y, %H:%M:%S} UTC
({env.clock.offset():+.0f} seconds from real time)</p>
<form method="post" action="/_standin/clock">{buttons}
<button name="offset_seconds" value="0">Back to real time</button></form></section>"""


def _faults(env: Env) -> str:
    rows = "".join(
        f"<tr><td>{escape(f['world'])}</td><td>{escape(f['match'] or f['name'])}</td>"
        f"<td>{escape(f['name'] if f['match'] else '')}</td>"
        f"<td>{'always' if f['times_left'] < 0 else f['times_left']}</td><td>"
        f'<form method="post" action="/_standin/faults"><button name="off" value="{f["id"]}">Off</button></form>'
        "</td></tr>"
        for f in env.faults.all()
    )
    table = (
        f"<table><tr><th>World<th>What<th>Kind<th>Times<th></tr>{rows}</table>"
        if rows
        else "<p>None is on.</p>"
    )
    worlds = "".join(f"<option>{escape(name)}</option>" for name in env.worlds)
    kinds = "".join(
        f'<option value="{kind}">{kind}: {escape(text)}</option>' for kind, text in TRANSPORT_KINDS.items()
    )
    named = "".join(
        f'<option value="{name}/{fault}">{escape(world.title)}: {fault}, {escape(text)}</option>'
        for name, world in env.worlds.items()
        for fault, text in world.FAULTS.items()
    )
    return f"""<section><h2>Faults</h2><div class="scroll">{table}</div>
<form method="post" action="/_standin/faults"><button name="off" value="all">All off</button></form>
<h3>By name</h3><form method="post" action="/_standin/faults">
<label>Fault <select name="fault">{named}</select></label>
<label>Times <input name="times" value="1" size="4"></label><button>Switch on</button></form>
<h3>On the wire</h3><form method="post" action="/_standin/faults">
<label>World <select name="world">{worlds}</select></label>
<label>Call <input name="match" size="38" placeholder="POST /rest/v2/Baskets/*/Tickets" required></label>
<label>Kind <select name="kind">{kinds}</select></label>
<label>Status <input name="status" size="4"></label><label>Seconds <input name="seconds" size="4"></label>
<label>Times <input name="times" value="1" size="4"></label><button>Switch on</button></form></section>"""


def _journal(env: Env) -> str:
    calls = env.journal.read(since_id=max(0, env.journal.last_id() - 40), limit=40)
    rows = "".join(
        f"<tr><td>{call['id']}</td><td>{escape(call['at'][11:19])}</td><td>{escape(call['method'])}</td>"
        f'<td class="wide">{escape(call["path"])}</td>'
        f"<td>{call['status'] or 'dropped'}</td><td>{call['milliseconds']:.0f} ms</td>"
        f"<td>{escape(call['fault'] or '')}</td></tr>"
        for call in reversed(calls)
    )
    return (
        '<section><h2>Last calls</h2><p><a href="/_standin/journal">All, as JSON</a>,'
        ' <a href="/_standin/books">the books</a></p><div class="scroll"><table>'
        f"<tr><th>No<th>UTC<th>Method<th>Path<th>Answer<th>Took<th>Fault</tr>{rows}</table></div></section>"
    )


def _reset(env: Env) -> str:
    worlds = "".join(f'<option value="{escape(n)}">{escape(n)} only</option>' for n in env.worlds)
    return f"""<section><h2>Start afresh</h2><form method="post" action="/_standin/reset">
<label>What <select name="world"><option value="">everything: sales, changes, clock, faults, journal</option>
{worlds}</select></label><button>Forget it</button></form></section>"""
