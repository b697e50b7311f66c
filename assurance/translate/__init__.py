"""The syntax tree of a filter pattern, said in other query languages."""
