"""The rows of the table: a file for each, with functions from options to results. A new row is a line here."""

ROWS = {
    "sets-1k": "rows.sweeps:thousand_sets",
    "sets-10k": "rows.sweeps:ten_thousand_sets",
    "bars-100k": "rows.sweeps:many_bars",
    "memory": "rows.sweep_memory:beside_vectorbt",
    "flat": "rows.sweep_memory:flat",
    "function": "rows.own_function:function",
    "pandas": "rows.ordinary:ordinary",
    "cold": "rows.cold:cold",
    "minimal": "rows.containers:minimal",
    "isolated": "rows.containers:isolated",
    "containers-memory": "rows.containers:memory",
    "limits": "rows.containers:limits",
    "workers": "rows.workers:two_workers",
    "coordinator": "rows.coordinator:coordinator",
    "commands": "rows.commands:commands",
    "resume": "rows.resume:resume",
    "queue": "rows.queue:queue",
    "million": "rows.million:million",
}
"""Name -> 'module:function'."""
LONG = ("million",)
"""Only with --long, or by name."""
