"""The class of methods: a method is its text, read once into a program when the class is made."""

from __future__ import annotations

import copyreg
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from auxtheory.bounds.constants import Steps
from auxtheory.bounds.units import Unit, unit_of
from auxtheory.errors import Checks, InputError
from auxtheory.helper_role import ROLES, HelperRole
from auxtheory.latex import word
from auxtheory.methods import properties, pseudocode
from auxtheory.methods.client_checks import (
    check_no_clients,
    client_hooks,
    client_names,
    client_settings,
    has_clients,
)
from auxtheory.methods.client_floats import Floats, floats_of
from auxtheory.methods.client_memory import client_memory, server_memory
from auxtheory.methods.client_phases import client_phases
from auxtheory.methods.client_reading import read_with_clients
from auxtheory.methods.cost import deciding
from auxtheory.methods.dimensions import PARAMETERS, units_of_state
from auxtheory.methods.expression import HOOKS
from auxtheory.methods.limits import unfit
from auxtheory.methods.opaque import program_of
from auxtheory.methods.phases import Phase
from auxtheory.methods.program import Program
from auxtheory.methods.reading import read
from auxtheory.printing import as_repr
from auxtheory.typing import Helper

# The function that makes a method of two rules, which `two_rules` puts here.
LEGACY: list[Callable[..., Any]] = []


class MethodType(type):
    """The type of a method, which is a class; what is known of it is read off its program.

    Args:
        name: The name of the class.
        bases: Its base classes, `at.Method` among them.
        namespace: Its attributes and hooks.
        check_units: Whether the units of all lines must fit.

    Raises:
        InputError: Names the method, the hook and the line that cannot be read.

    Example:
        >>> import auxtheory as at
        >>> isinstance(at.methods.AuxMOM, at.methods.MethodType)
        True
    """

    program: Program
    units: Mapping[str, str]
    helper: Helper
    single_step: bool
    # The step parameters that are whole numbers, such as the round of a switch.
    whole: tuple[str, ...]
    # A user's implementation in place of a text, and the namespace of its arrays.
    implementation: Any
    xp: Any
    # The units of the state variables and of the parameters.
    state_units: Mapping[str, Unit]
    parameter_units: Mapping[str, Unit]

    def __new__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: Mapping[str, Any],
        *,
        check_units: bool = True,
    ) -> MethodType:
        """A class; check_units: whether its units must fit."""
        return super().__new__(cls, name, bases, dict(namespace))

    def __init__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: Mapping[str, Any],
        *,
        check_units: bool = True,
    ) -> None:
        super().__init__(name, bases, dict(namespace))
        # Another process first makes a class without anything, which has no text to read yet, and
        # then gives it all attributes of the one that was sent, its program among them.
        sent = set(namespace) <= {"__module__"}
        if bases and not sent:
            _read(cls, check_units)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """`at.Method(name=…, refresh=…)`, the form of methods until this release."""
        if cls.__name__ != "Method" or args or "refresh" not in kwargs:
            raise InputError.listing(
                [f"{cls.__name__}: is a method itself: write {cls.__name__}, not {cls.__name__}()"]
            )
        warnings.warn(
            "at.Method(refresh=…) will be removed: write class Mine(at.Method) with the hooks "
            "start, refresh and step",
            DeprecationWarning,
            stacklevel=2,
        )
        return LEGACY[0](**kwargs)

    @property
    def name(cls) -> str:
        """The name of the class."""
        return cls.__name__

    @property
    def role(cls) -> HelperRole:
        """The role of the helper, h_seen = αh + βf."""
        return ROLES[cls.helper]

    @property
    def parameters(cls) -> Mapping[str, float | None]:
        """The step parameters, with their default values; None if there is none."""
        return cls.program.parameters

    @property
    def uses_a(cls) -> bool:
        """Whether the text uses the momentum parameter a."""
        return "a" in cls.program.parameters

    @property
    def compares_samples(cls) -> bool:
        """Whether one sample is used at two points; an implementation may do so."""
        return cls.implementation is not None or any(
            call.noisy and call.points > 1 for call in cls.program.calls
        )

    @property
    def exact_refresh(cls) -> bool:
        """Whether the gradients of a round's start are free of noise."""
        return cls.implementation is None and not any(
            c.noisy for c in cls.program.calls if c.hook not in ("step", "local")
        )

    @property
    def exact_r(cls) -> bool:
        """Whether all gradients of f − h that the method takes are free of noise."""
        return cls.exact_refresh and not any(
            call.noisy and call.kind == "r" for call in cls.program.calls
        )

    @property
    def samples_elsewhere(cls) -> str | None:
        """Why a stochastic gradient of f is taken at a point that is no iterate, or None: the line
        of the gradient. Of an implementation it is not known, and None."""
        read = cls.implementation is None
        return properties.samples_elsewhere(cls.program) if read else None

    @property
    def not_affine(cls) -> str | None:
        """Why mean and covariance do not close, or None: the line that is not affine."""
        return cls._unread or properties.not_affine(cls.program)

    @property
    def not_elementwise(cls) -> str | None:
        """Why the coordinates do not come apart, or None: the line that needs all of them."""
        return cls._unread or properties.not_elementwise(cls.program)

    @property
    def _unread(cls) -> str | None:
        """Why what the method does is not known, or None."""
        return (
            None if cls.implementation is None else f"{cls.name} is an implementation, not a text"
        )

    @property
    def memory(cls) -> tuple[str, ...]:
        """The vectors that the method keeps besides x; with clients, those that the server keeps
        from one round to the next."""
        if cls.program.clients is not None:
            return server_memory(cls.program)
        return properties.memory(cls.program)

    @property
    def client_memory(cls) -> tuple[str, ...]:
        """The vectors that each client keeps from one round to the next."""
        return client_memory(cls.program)

    @property
    def floats(cls) -> Floats | None:
        """What clients and server send in a round; None without clients."""
        return floats_of(cls.program)

    def phases(cls, steps: Steps) -> tuple[Phase, ...]:
        """The phases of a run; a method has a single one.

        Args:
            steps: The steps of the run.

        Returns:
            The phases, in order.

        Raises:
            InputError: The method cannot take these steps.
        """
        return (Phase(cls, cls.checked(steps)),)

    def checked(cls, steps: Steps) -> Steps:
        """The steps, if this method can take them.

        Args:
            steps: The steps of the run.

        Returns:
            The same steps.

        Raises:
            InputError: K is not 1 where it has to be, a parameter is missing, or one is not known.
        """
        checks = Checks()
        checks.instance("steps", steps, Steps, "at.Steps(...)")
        checks.done()
        if cls.single_step and steps.K != 1:
            checks.complain("K", steps.K, f"must be 1 for {cls.name}")
        for name, default in cls.parameters.items():
            if default is None and steps.parameter(name) is None:
                allowed = "in (0, 1]" if name == "a" else f"given: {cls.name} uses it"
                checks.complain(
                    name, None, f"must be {allowed}{f' for {cls.name}' * (name == 'a')}"
                )
        for name in steps.parameters:
            if name not in cls.parameters:
                known = ", ".join(cls.parameters) or "none"
                checks.complain(
                    name, steps.parameters[name], f"is not a parameter of {cls.name}: {known}"
                )
        for name, value in steps.per_client.items():
            if cls.program.clients is None or name == "S":
                checks.complain(name, value, "must be one value: it is not that of a client")
        checks.done()
        phase = Phase(cls, steps)
        parts = checks.attempt(
            client_phases, phase=phase, names=deciding(cls.program) | {*cls.whole}
        )
        for _, part in parts or ():
            checks.complaints += unfit(part)
        checks.done()
        return steps

    def to_latex(cls) -> str:
        r"""The method's pseudocode in LaTeX, an `aligned` environment for math mode.

        Returns:
            The code, without dollar signs.

        Example:
            >>> import auxtheory as at
            >>> print(at.methods.SGD.to_latex())
            \begin{aligned}
            &K\text{ times:} && x \gets x - \eta\,g_f\left(x\right)
            \end{aligned}
        """
        if cls.implementation is None:
            return pseudocode.latex(cls)
        row = rf"&\text{{each round:}} && x \gets {word(cls.name)}\left(x\right)"
        return "\n".join([r"\begin{aligned}", row, r"\end{aligned}"])

    def __repr__(cls) -> str:
        library = cls.__module__.partition(".")[0] == "auxtheory"
        return f"at.methods.{cls.__name__}" if library else cls.__qualname__

    _repr_pretty_ = as_repr


class Method(metaclass=MethodType):
    """A method as its pseudocode: hooks over named state variables and oracles.

    A run starts with `start`; each round then runs `refresh` (from the second round on), K times
    `step`, and `finish`. Each hook takes the oracles and the state, and returns the new state:

        def step(o, x, m, *, eta):
            return x - eta * (o.h(x) + m), m

    Arguments after * are step parameters, given as at.Steps(eta=…). The oracles are o.f, o.h and
    o.r = f − h: a stochastic gradient each; with several points the same sample at each of them,
    with exact=True free of noise, with batch=n the mean of n samples. o.coin(p), o.pick() and
    o.subset(n) are random choices, o.f[i] the oracle of a component of f; o.t and o.k are
    the numbers of the round (from 1 on) and of the step (from 0 on), o.K, o.T and o.B those of the
    run. o.where, o.sqrt, o.norm, o.dot, o.clip, o.sign, o.exp, o.log, o.minimum and o.maximum are
    functions; NumPy's are read too.

    A method with the hook `local` has clients, or several helpers: each of the S of N at work in a
    round makes K local steps of y from y = x. Its hooks are `start`, `client_start`, `refresh`,
    `report`, `collect`, `local`, `send` and `server`; `client_state` names the variables of each
    client. In a client's hooks o.h and o.r are h_i and r_i = f − h_i, and o.h.prox(v, gamma) is a
    proximal step. `refreshed` says which clients run `refresh`: "all", or those "sampled" for the
    round; `reporting` which run `report`: "sampled", "independent" (S drawn anew) or "all"; and
    `reports_from` from which round on. o.S and o.N are known everywhere.

    Units of all lines must fit, unless the class is made with check_units=False.

    The text is read once, when the class is made, into its program; whether it is affine or
    elementwise, what it costs, which noise it meets, is read off that.

    `state` names the state variables, x among them; a name that ends in _i stands for one variable
    for each component of f. `helper` says which helper the oracles see: "h"; "f" for h := f; "none"
    for h = 0. `single_step` says whether only K = 1 makes sense; `whole` names the step parameters
    that are whole numbers, such as the round of a switch; `units` are the units of step
    parameters, such as {"c": "F/X"}: others have none, but η, X²/F. In place of hooks,
    `implementation` may be a step function or a `Federated` as of `at.testing.check_method`, on
    arrays of the namespace `xp`.

    Raises:
        InputError: names the method, the hook and the line that cannot be read, or whose units do
            not fit.

    Example:
        >>> import auxtheory as at
        >>> class Nesterov(at.Method):
        ...     state = "x v"
        ...     def start(o, x):
        ...         return x, 0 * x
        ...     def step(o, x, v, *, eta, beta):
        ...         v = beta * v - eta * o.f(x + beta * v)
        ...         return x + v, v
        >>> Nesterov.memory, Nesterov.not_affine, dict(Nesterov.parameters)
        (('v',), None, {'eta': None, 'beta': None})
    """

    state: ClassVar[str] = "x"
    client_state: ClassVar[str] = ""
    refreshed: ClassVar[str] = "all"
    reporting: ClassVar[str] = "sampled"
    reports_from: ClassVar[int] = 1
    helper: ClassVar[Helper] = "h"
    single_step: ClassVar[bool] = False
    whole: ClassVar[tuple[str, ...]] = ()
    implementation: ClassVar[Any] = None
    xp: ClassVar[Any] = None
    units: ClassVar[Mapping[str, str]] = MappingProxyType({})


def _read(cls: MethodType, check_units: bool) -> None:
    """Check the attributes of a method and read its text."""
    checks = Checks()
    state = _state(checks, cls)
    checks.member(f"{cls.name}.helper", cls.helper, tuple(ROLES))
    checks.instance(f"{cls.name}.single_step", cls.single_step, bool, "True or False")
    whole: Any = cls.whole
    if not isinstance(whole, tuple) or not all(isinstance(name, str) for name in whole):
        checks.complain(f"{cls.name}.whole", whole, 'must be names of parameters, such as ("T1",)')
    stated = _units(checks, cls)
    if cls.implementation is not None:
        _take(checks, cls, stated)
        return
    if has_clients(cls):
        _read_with_clients(checks, cls, state, stated, check_units)
        return
    check_no_clients(checks, cls)
    hooks: dict[str, Callable[..., Any]] = {}
    for hook in HOOKS:
        function = getattr(cls, hook, None)
        if function is not None:
            if not callable(function) or not hasattr(function, "__code__"):
                checks.complain(f"{cls.name}.{hook}", function, "must be a function (o, x, …)")
            hooks[hook] = function
    if "step" not in hooks and "refresh" not in hooks:
        checks.complain(f"{cls.name}.step", None, "must be a function (o, x, …, *, eta)")
    if "start" not in hooks and state != ("x",) and state:
        checks.complain(
            f"{cls.name}.start", None, f"must be a function (o, x) → ({', '.join(state)})"
        )
    checks.done()
    cls.program = read(cls.name, state, hooks)
    cls.state_units = units_of_state(cls.program, stated) if check_units else {}
    _state_parameters(cls, stated)


def _read_with_clients(
    checks: Checks,
    cls: MethodType,
    state: tuple[str, ...],
    stated: Mapping[str, Unit],
    check_units: bool,
) -> None:
    """Read the text of a method with clients."""
    clients = client_names(checks, cls, state)
    settings = client_settings(checks, cls)
    hooks = client_hooks(checks, cls, state, clients)
    checks.done()
    cls.program = read_with_clients(cls.name, state, clients, hooks, settings)
    cls.state_units = units_of_state(cls.program, stated) if check_units else {}
    _state_parameters(cls, stated)


def _take(checks: Checks, cls: MethodType, stated: Mapping[str, Unit]) -> None:
    """Check a method that is an implementation."""
    for hook in HOOKS:
        if getattr(cls, hook, None) is not None:
            checks.complain(f"{cls.name}.{hook}", getattr(cls, hook), "must be left out")
    checks.done()
    cls.program = program_of(cls.name, cls.implementation)
    cls.state_units = {}
    _state_parameters(cls, stated)


def _state_parameters(cls: MethodType, stated: Mapping[str, Unit]) -> None:
    """Fill in the units of the step parameters."""
    cls.parameter_units = {
        name: stated.get(name, PARAMETERS.get(name, Unit())) for name in cls.program.parameters
    }


def _state(checks: Checks, cls: MethodType) -> tuple[str, ...]:
    text: Any = cls.state  # type: ignore[attr-defined]
    names = tuple(text.replace(",", " ").split()) if isinstance(text, str) else ()
    proper = all(name.isidentifier() for name in names) and len(set(names)) == len(names)
    if not proper or "x" not in names:
        checks.complain(
            f"{cls.name}.state", text, 'must be different names, x among them, such as "x m"'
        )
        return ()
    return names


def _units(checks: Checks, cls: MethodType) -> dict[str, Unit]:
    stated: dict[str, Unit] = {}
    if not isinstance(cls.units, Mapping):
        checks.complain(f"{cls.name}.units", cls.units, 'must be a mapping such as {"c": "F/X"}')
        return stated
    for name, text in cls.units.items():
        try:
            stated[name] = unit_of(text)
        except InputError as error:
            allowed = error.complaints[0].partition(": ")[2]
            checks.complain(f"{cls.name}.units[{name!r}]", text, allowed)
    return stated


def _pickled(cls: MethodType) -> Any:
    """A method by its name; one made of rules or of a function by these."""
    return vars(cls).get("remade_by", cls.__qualname__)


copyreg.pickle(MethodType, _pickled)
