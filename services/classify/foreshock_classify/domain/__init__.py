"""How a post is judged: pure, without network, clock or environment."""
