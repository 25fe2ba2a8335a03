"""The second store: an index kept in Milvus, for a province with more than one machine (docs/scale.md)."""
