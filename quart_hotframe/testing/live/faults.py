"""What can go wrong between a page and its server, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import fields


@dataclass(frozen=True)
class Faults:
    """How often what goes wrong, from 0 to 1; the same seed lets the same go wrong.

    ::

        async with live_page(running, "/board", faults=Faults(seed=3, lose=0.2)) as page: ...

    Nothing waits for time: what is late comes after something else.

    :param seed: of what is drawn.
    :param lose: a request does not arrive, and the page sends it again.
    :param lose_answer: it arrives, and its answer does not.
    :param duplicate: it arrives twice at once, and one of both answers comes back.
    :param reorder: the page takes it for lost, and it arrives after later ones.
    :param delay: a request waits until others that are on their way have passed; what the stream
        brings waits for the next answer.
    :param cut: the stream breaks before a frame, and the page comes back.
    :param forget: the server has lost the state of the component before a request arrives.
    :raises ValueError: one is not from 0 to 1.
    """

    seed: int = 0
    lose: float = 0.0
    lose_answer: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    cut: float = 0.0
    forget: float = 0.0

    def __post_init__(self) -> None:
        for name in KINDS:
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"Faults({name}=…) is from 0 to 1, not {value!r}.")


KINDS = tuple(one.name for one in fields(Faults) if one.name != "seed")


def fault_profiles(seed: int = 0, rate: float = 0.25) -> dict[str, Faults]:
    """Return faults by name: ``none``, each kind alone, and ``all`` at once.

    ::

        @pytest.mark.parametrize("faults", fault_profiles().values(), ids=fault_profiles())
        async def test_the_cart_survives(faults): ...

    :param rate: how often one alone goes wrong; all at once do so a quarter as often each.
    :raises ValueError: it is not from 0 to 1.
    """
    alone = {name: Faults(seed, **{name: rate}) for name in KINDS}
    every = Faults(seed, **dict.fromkeys(KINDS, rate / 4))
    return {"none": Faults(seed), **alone, "all": every}
