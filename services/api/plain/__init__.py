"""The citizen's page without scripts: forms and answers as plain HTML, in Chinese and English (ADR 0054)."""
