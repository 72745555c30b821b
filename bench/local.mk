# bench: filled by the rooms that live here
