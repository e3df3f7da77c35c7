"""How a study is stored."""
