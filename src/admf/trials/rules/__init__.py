"""Users' rules and signal functions, compiled: written for one bar or for arrays, run at the speed of built-in ones."""
