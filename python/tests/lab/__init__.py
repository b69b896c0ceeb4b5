"""By others: nanoidp, simplesamlphp and oidc-provider behind nginx, PostgreSQL behind psqlODBC; Chromium."""
