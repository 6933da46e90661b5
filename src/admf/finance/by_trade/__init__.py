"""One symbol, all in or out: metrics from trades and prefix sums, without a pass over the bars.

While a long position is held, the returns of the account are those of the asset, so their sums over a trade are
differences of prefix sums; what a trade costs to score does not grow with its length. Shorts are not like that:
their bars are streamed. Equal to the streaming pass to 1e-9 (docs/explanation/simulation.md says where it applies
and why). A set about which this way cannot say everything is left to the streaming pass.
"""
