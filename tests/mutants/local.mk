# tests/mutants: filled by what lives here
