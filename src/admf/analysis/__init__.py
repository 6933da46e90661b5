"""From trial tables to what they say: plateaus, selection, comparisons. Pure; no pictures, no words."""
