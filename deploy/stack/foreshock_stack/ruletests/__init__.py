"""Unit tests of rules, written in YAML: posts in, notifications out, on a virtual clock."""
