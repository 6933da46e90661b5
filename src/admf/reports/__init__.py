"""From trial tables to pictures and one self-contained HTML file."""
