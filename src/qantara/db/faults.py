"""What a statement may see while its connection is being ended."""

import asyncpg

NOT_LET_IN = (asyncpg.ObjectNotInPrerequisiteStateError, asyncpg.TooManyConnectionsError)
"""What a server says that answers and yet takes nobody in."""
NO_DATABASE = (asyncpg.InvalidCatalogNameError,)
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
    *NOT_LET_IN,
    OSError,
)
