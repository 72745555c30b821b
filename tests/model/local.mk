# tests/model: filled by what lives here
