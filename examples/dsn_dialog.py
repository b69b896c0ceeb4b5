#!/usr/bin/env python3
"""A DSN dialog as one HTML page, made of the library's catalogue: no key is named here.

    python3 examples/dsn_dialog.py > dialog.html

The page needs nothing besides itself. It shows the keys that the chosen plugin reads, those that it needs first, and puts
the connection string together. Without scripts it shows all keys.
"""

from __future__ import annotations

import html
import json
import sys
from typing import Any

Catalogue = dict[str, Any]
Key = dict[str, Any]

STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
fieldset { margin: 0 0 1rem; border-radius: .4rem; }
legend { font-weight: 600; }
.key { display: grid; grid-template-columns: 14rem 1fr; gap: .2rem 1rem; margin: .5rem 0; }
.key p { grid-column: 2; margin: 0; font-size: .85rem; opacity: .8; }
.key[hidden], fieldset[hidden] { display: none; }
input, select { font: inherit; width: 100%; box-sizing: border-box; }
:focus-visible { outline: 3px solid Highlight; }
output { display: block; overflow-wrap: anywhere; padding: .5rem; border: 1px solid; border-radius: .4rem; }
@media (max-width: 34rem) { .key { grid-template-columns: 1fr; } .key p { grid-column: 1; } }
"""

SCRIPT = """
const plugins = JSON.parse(document.getElementById("plugins").textContent);
const form = document.querySelector("form"), chosen = document.getElementById("plugin");
const quote = value => /[;{}]|^ | $/.test(value) ? "{" + value.replaceAll("}", "}}") + "}" : value;
function show() {
  const plugin = plugins[chosen.value];
  for (const row of form.querySelectorAll(".key[data-key]")) {
    const key = row.dataset.key, needed = plugin.required.includes(key);
    const field = row.querySelector("input, select");
    row.hidden = !needed && !plugin.optional.includes(key);
    field.disabled = row.hidden;
    field.required = needed;
    row.querySelector(".needed").hidden = !needed;
  }
  for (const group of form.querySelectorAll("fieldset[data-group]"))
    group.hidden = !group.querySelector(".key:not([hidden])");
  document.getElementById("plugin-help").textContent = plugin.help;
  tell();
}
function tell() {
  const parts = ["plugin_name=" + chosen.value];
  for (const field of form.querySelectorAll("[name]:not(:disabled)"))
    if (field.value) parts.push(field.name + "=" + (field.type === "password" ? "…" : quote(field.value)));
  document.getElementById("string").textContent = parts.join(";");
}
chosen.addEventListener("change", show);
form.addEventListener("input", tell);
form.addEventListener("submit", event => event.preventDefault());
show();
"""

#: Types of values whose fields are not plain text.
INPUTS = {"secret": "password", "number": "number", "url": "url", "https url": "url"}


def attributes(**given: object) -> str:
    """Attributes of an element; `None` and `False` are left out, and `True` has no value."""
    parts = []
    for name, value in given.items():
        if value is not None and value is not False:
            name = name.rstrip("_").replace("_", "-")
            parts.append(name if value is True else f'{name}="{html.escape(str(value))}"')
    return " ".join(parts)


def options(values: list[tuple[str, str]]) -> str:
    """The options of a select element, the first for a value that is not given."""
    return "".join(f'<option value="{html.escape(value)}">{html.escape(text)}</option>' for value, text in values)


def field(key: Key) -> str:
    """The element in which the key is typed or chosen."""
    common = attributes(id=f"key-{key['name']}", name=key["name"], aria_describedby=f"help-{key['name']}")
    default = key["default"]
    left_out = f"(default: {default})" if default else "(not given)"
    if key["type"] == "enum":
        return f"<select {common}>{options([('', left_out), *((value, value) for value in key['values'])])}</select>"
    if key["type"] == "bool":
        return f"<select {common}>{options([('', left_out), ('1', 'yes'), ('0', 'no')])}</select>"
    more = attributes(
        type=INPUTS.get(key["type"], "text"),
        placeholder=default,
        min=key.get("min"),
        max=key.get("max"),
        autocomplete="off",
        spellcheck="false",
    )
    return f"<input {common} {more}>"


def row(key: Key) -> str:
    """A key with its label and its help."""
    name = html.escape(key["name"])
    also = f" Also spelled {html.escape(', '.join(key['aliases']))}." if key["aliases"] else ""
    return (
        f'<div class="key" data-key="{name}"><label for="key-{name}">{name}'
        f'<span class="needed" hidden> (needed)</span></label>{field(key)}'
        f'<p id="help-{name}">{html.escape(key["help"])}{also}</p></div>'
    )


def page(catalogue: Catalogue) -> str:
    """The dialog."""
    keys = [key for key in catalogue["keys"] if key["type"] != "plugin"]
    groups = []
    for group in catalogue["groups"]:
        rows = "\n".join(row(key) for key in keys if key["group"] == group["name"])
        groups.append(f'<fieldset data-group="{group["name"]}"><legend>{html.escape(group["title"])}</legend>\n{rows}\n</fieldset>')
    plugins = {plugin["name"]: plugin for plugin in catalogue["plugins"]}
    # Inside a script element nothing is escaped but the end of the element.
    data = json.dumps(plugins).replace("</", "<\\/")
    choice = options([(name, f"{name}: {plugin['help']}") for name, plugin in plugins.items()])
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Amazon Redshift: data source</title>
<style>{STYLE}</style></head>
<body>
<main>
<h1>Amazon Redshift: data source</h1>
<form>
<div class="key"><label for="plugin">Login method</label><select id="plugin" aria-describedby="plugin-help">{choice}</select>
<p id="plugin-help"></p></div>
{chr(10).join(groups)}
</form>
<h2 id="result">Connection string</h2>
<output id="string" aria-labelledby="result" aria-live="polite"></output>
</main>
<script type="application/json" id="plugins">{data}</script>
<script>{SCRIPT}</script>
</body>
</html>
"""


if __name__ == "__main__":
    import rs_auth

    sys.stdout.write(page(rs_auth.catalogue()))
