"""The one door between finance and machinery: where a parameter set becomes an outcome."""
