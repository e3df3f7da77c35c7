"""
Which method with clients is cheapest
=====================================

Over δ and ζ, the method that first brings ‖∇f‖² to 10⁻⁴ at its best step: in rounds, in gradients
of a client, and in floats sent. Exact correction needs two exchanges in a round, which pay off
where clients differ much.
"""

from auxtheory.analysis import cheapest, cheapest_table

table = cheapest_table()
figure = cheapest(table)
figure
