"""Charts as SVG: drawn here, coloured by the style sheet, at any width.

Lengths across are per cents of the chart, so a chart fits a phone and a wide screen
and its text keeps its size. Colours are classes: `k3` is the state at place 3 of the
palette, `ink`, `soft` and `band` are those of the page. A chart says in words what it
shows (`label`); marks with `tip` show a text to the pointer and to the arrow keys.
"""
