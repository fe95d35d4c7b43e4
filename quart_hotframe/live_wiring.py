"""What live components need of other subjects, and which of the processes has them."""

from __future__ import annotations

from pathlib import Path

from .config import Settings
from .database.facade import Databases
from .live.facade import Live
from .live.uploads.folder import Folder
from .live_claim import LiveClaim
from .live_claim import LiveClaimKind
from .modules.locking import try_lock
from .modules.manager import ModuleManager
from .runtime.runtime import Runtime
from .security.guards.users import Users
from .security.limits.checking import Limits
from .security.sessions.facade import Sessions
from .security.tokens import Signer

UPLOADS = "uploads"
"""The folder for files that pages have sent, until a component takes them."""


def live_for(
    runtime: Runtime, settings: Settings, signer: Signer, sessions: Sessions, limits: Limits,
    users: Users, db: Databases, instance: Path,
) -> Live:  # fmt: skip
    """Return the live components of an app.

    :param instance: where files lie that pages have sent.
    """
    identify = users.identify if settings.user_loader else None
    folder = Folder(instance / UPLOADS, try_lock)
    return Live(runtime, settings, signer, sessions, limits, identify, db, folder)


def claim_for(live: Live, settings: Settings, instance: Path) -> LiveClaim:
    """Return the claim of this process to live components, and let modules ask for it, too.

    :param instance: the folder that all workers of a host share.
    """
    alone = not live.store.durable and settings.live_workers == "one"
    claim = LiveClaim(instance, settings.drain_timeout, needed=alone)
    live.runtime.kinds[LiveClaimKind.name] = LiveClaimKind(claim)
    return claim


async def claim_live(claim: LiveClaim, runtime: Runtime, modules: ModuleManager) -> None:
    """Claim what the app serves from its start.

    :raises SetupError: another process has the claim, and does not leave.
    """
    try:
        await claim.begin(runtime.current)
    except BaseException:
        await modules.stop()  # else it would be missed as one that crashed
        raise
