"""How numbers are written where Django's own tables say otherwise (FORMAT_MODULE_PATH)."""
