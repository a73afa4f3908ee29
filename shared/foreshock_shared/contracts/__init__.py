"""The words that services exchange: posts, judgements, events, streams and how they look on the wire."""
